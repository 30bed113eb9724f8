// SPDX-License-Identifier: Apache-2.0
// REST calls, for services beside SQL.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "bindings/python/bind.h"
#include "bindings/python/gil.h"
#include "bindings/python/signals.h"
#include "driver/rest_client.h"

namespace fletching::python {
namespace {

namespace nb = nanobind;

std::chrono::nanoseconds seconds_of(double seconds) {
  constexpr double kMost = 1e9;  // a longer time is none
  if (!(seconds > 0) || seconds > kMost) return std::chrono::nanoseconds(0);
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::duration<double>(seconds));
}

void make(RestClient* self, const std::string& origin, const Headers& headers,
          const std::string& user_agent, double connect_timeout, double silence_timeout,
          int retries, const std::string& roots, bool verify,
          const std::optional<std::string>& proxy) {
  RestOptions options;
  options.origin = origin;
  options.headers = headers;
  options.user_agent = user_agent;
  options.connect_timeout = seconds_of(connect_timeout);
  options.silence_timeout = seconds_of(silence_timeout);
  options.retries = retries;
  options.tls.roots = roots;
  options.tls.verify = verify;
  options.proxy = proxy;
  new (self) RestClient(options);
}

nb::tuple send(RestClient& client, const std::string& method, const std::string& target,
               const Headers& headers, const nb::bytes& body,
               const std::string& content_type, bool repeatable, double timeout) {
  const HttpRequest request{.method = method,
                            .target = target,
                            .headers = headers,
                            .body = {body.c_str(), body.size()},
                            .content_type = content_type,
                            .repeatable = repeatable};
  const HttpResponse answer = without_gil(
      [&] { return client.send(request, seconds_of(timeout), &python_tick()); });
  return nb::make_tuple(answer.status, answer.headers,
                        nb::bytes(answer.body.data(), answer.body.size()));
}

}  // namespace

void bind_rest(nb::module_& m) {
  nb::class_<RestClient>(m, "RestClient")
      .def("__init__", &make, nb::arg("origin"), nb::arg("headers"), nb::kw_only(),
           nb::arg("user_agent") = "", nb::arg("connect_timeout") = 20.0,
           nb::arg("silence_timeout") = 60.0, nb::arg("retries") = 3,
           nb::arg("roots") = "", nb::arg("verify") = true,
           nb::arg("proxy") = nb::none())
      .def("send", &send, nb::arg("method"), nb::arg("target"), nb::kw_only(),
           nb::arg("headers") = Headers{}, nb::arg("body") = nb::bytes("", 0),
           nb::arg("content_type") = "application/json", nb::arg("repeatable") = false,
           nb::arg("timeout") = 0.0)
      .def("close", [](RestClient& client) { without_gil([&] { client.close(); }); });
  m.def("path_segment", &path_segment, nb::arg("name"));
  m.def("target_of_url", &target_of_url, nb::arg("url"));
}

}  // namespace fletching::python
