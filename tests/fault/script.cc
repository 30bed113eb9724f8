// SPDX-License-Identifier: Apache-2.0
#include "script.h"

#include <openssl/evp.h>
#include <zlib.h>

#include "proto.h"

namespace fletching::fault {

std::string big_endian(uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16),
          static_cast<char>(value >> 8), static_cast<char>(value)};
}

std::string grpc_frame(std::string_view message, uint8_t flag) {
  std::string out(1, static_cast<char>(flag));
  out += big_endian(static_cast<uint32_t>(message.size()));
  out += message;
  return out;
}

std::string grpc_frame_lying(std::string_view message, uint32_t length) {
  std::string out(1, '\0');
  out += big_endian(length);
  out += message;
  return out;
}

std::string flight_data(const Ipc& ipc) {
  ProtoWriter out;
  out.bytes(2, ipc.header);
  if (!ipc.body.empty()) out.bytes(1000, ipc.body);
  return out.str();
}

std::string h2_frame(uint8_t type, uint8_t flags, uint32_t stream,
                     std::string_view payload) {
  std::string out = big_endian(static_cast<uint32_t>(payload.size())).substr(1);
  out += static_cast<char>(type);
  out += static_cast<char>(flags);
  out += big_endian(stream);
  out += payload;
  return out;
}

std::string gzip(std::string_view plain) {
  z_stream z{};
  deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&z, plain.size()), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  z.avail_in = static_cast<uInt>(plain.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

std::string to_base64(std::string_view plain) {
  std::string out((plain.size() + 2) / 3 * 4 + 1, '\0');
  int size = EVP_EncodeBlock(reinterpret_cast<uint8_t*>(out.data()),
                             reinterpret_cast<const uint8_t*>(plain.data()),
                             static_cast<int>(plain.size()));
  out.resize(static_cast<size_t>(size));
  return out;
}

Script& Script::headers(const Headers& more) {
  Headers all{{":status", "200"}, {"content-type", "application/grpc"}};
  all.insert(all.end(), more.begin(), more.end());
  return raw_headers(std::move(all));
}

Script& Script::raw_headers(Headers all, bool end) {
  Step step{end ? Step::Kind::kHeadersEnd : Step::Kind::kHeaders};
  step.headers = std::move(all);
  return add(std::move(step));
}

Script& Script::data(std::string bytes, uint32_t times) {
  return add({Step::Kind::kData, std::move(bytes), {}, times});
}

Script& Script::message(std::string_view message, uint8_t flag) {
  return data(grpc_frame(message, flag));
}

Script& Script::ipc(const Ipc& ipc) { return message(flight_data(ipc)); }

Script& Script::trailers(Headers all) {
  Step step{Step::Kind::kTrailers};
  step.headers = std::move(all);
  return add(std::move(step));
}

Script& Script::status(int code, const std::string& text, const Headers& more) {
  Headers all{{"grpc-status", std::to_string(code)}};
  if (!text.empty()) all.emplace_back("grpc-message", text);
  all.insert(all.end(), more.begin(), more.end());
  return trailers(std::move(all));
}

Script& Script::error_only(int code, const std::string& text, const Headers& more) {
  Headers all{{":status", "200"},
              {"content-type", "application/grpc"},
              {"grpc-status", std::to_string(code)}};
  if (!text.empty()) all.emplace_back("grpc-message", text);
  all.insert(all.end(), more.begin(), more.end());
  return raw_headers(std::move(all), true);
}

Script& Script::sleep(std::chrono::milliseconds time) {
  Step step{Step::Kind::kSleep};
  step.wait = time;
  return add(std::move(step));
}

Script& Script::await_pong(std::chrono::milliseconds most) {
  Step step{Step::Kind::kAwaitPong};
  step.wait = most;
  return add(std::move(step));
}

Script& Script::goaway(uint32_t last_stream, uint32_t code, std::string_view debug) {
  std::string payload = big_endian(last_stream) + big_endian(code);
  payload += debug;
  return raw(h2_frame(7, 0, 0, payload));
}

}  // namespace fletching::fault
