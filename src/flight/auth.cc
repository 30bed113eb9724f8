// SPDX-License-Identifier: Apache-2.0
#include "flight/auth.h"

#include <algorithm>
#include <iterator>
#include <list>
#include <optional>
#include <set>

#include "flight/identity.h"
#include "transport/base64.h"

namespace fletching {
namespace {

constexpr std::string_view kAuthorization = "authorization";

bool is_bearer(std::string_view value) {
  constexpr std::string_view kBearer = "bearer ";
  if (value.size() <= kBearer.size()) return false;
  return std::equal(kBearer.begin(), kBearer.end(), value.begin(), [](char a, char b) {
    return a == (b >= 'A' && b <= 'Z' ? b + 32 : b);
  });
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c > 0x20 && c < 0x7f; });
}

// The bearer token in a response, as the whole value to send.
std::optional<std::string> bearer_in(const Headers& headers) {
  for (const auto& [name, value] : headers) {
    if (name == kAuthorization && is_bearer(value) && is_printable(value.substr(7))) {
      return value;
    }
  }
  return std::nullopt;
}

// Tokens outlive the connections that got them; the least recently used one goes.
class Registry {
 public:
  std::shared_ptr<Credentials> find(const std::string& key,
                                    const FlightOptions& options) {
    // Without the lock: a token provider that nobody needs any more is Python's.
    std::list<Entry> dropped;
    const std::lock_guard lock(mutex_);
    if (apart_.contains(key)) return std::make_shared<Credentials>(options);
    const auto found = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const Entry& e) { return e.key == key; });
    if (found != entries_.end()) {
      entries_.splice(entries_.begin(), entries_, found);
    } else {
      entries_.push_front({key, std::make_shared<Credentials>(options)});
      if (entries_.size() > kMaxEntries) {
        dropped.splice(dropped.end(), entries_, std::prev(entries_.end()));
      }
    }
    return entries_.front().credentials;
  }

  void keep_apart(const std::string& key) {
    const std::lock_guard lock(mutex_);
    if (apart_.size() >= kMaxEntries) apart_.clear();
    apart_.insert(key);
    entries_.remove_if([&](const Entry& e) { return e.key == key; });
  }

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<Credentials> credentials;
  };
  static constexpr size_t kMaxEntries = 256;

  std::mutex mutex_;
  std::list<Entry> entries_;
  std::set<std::string> apart_;  // whose tokens are not shared
};

Registry& registry() {
  // Immortal: connections are closed while statics are destroyed.
  alignas(Registry) static unsigned char storage[sizeof(Registry)];
  static Registry* const instance = new (storage) Registry;
  return *instance;
}

}  // namespace

Credentials::Credentials(const FlightOptions& options)
    : kind_(!options.authorization.empty()                     ? Kind::kFixed
            : options.token_source != nullptr                  ? Kind::kSource
            : !options.token.empty()                           ? Kind::kBearer
            : options.user.empty() && options.password.empty() ? Kind::kNone
            : options.handshake                                ? Kind::kHandshake
                                                               : Kind::kBasic),
      user_(options.user),
      password_(options.password),
      given_(kind_ == Kind::kFixed    ? options.authorization
             : kind_ == Kind::kBearer ? "Bearer " + options.token
                                      : std::string()),
      source_(kind_ == Kind::kSource ? std::make_unique<KeptToken>(options.token_source)
                                     : nullptr),
      basic_always_(kind_ == Kind::kBasic) {}

Headers Credentials::login_headers() const {
  return {
      {std::string(kAuthorization), "Basic " + base64_encode(user_ + ":" + password_)}};
}

Credentials::Stamp Credentials::current() const {
  const std::lock_guard lock(mutex_);
  Stamp stamp;
  stamp.version = version_;
  if (!payload_token_.empty())
    stamp.headers.emplace_back("auth-token-bin", payload_token_);
  if (!token_.empty()) {
    stamp.headers.emplace_back(kAuthorization, token_);
  } else if (!given_.empty()) {
    stamp.headers.emplace_back(kAuthorization, given_);
  } else if (basic_always_) {
    stamp.headers = login_headers();
  }
  return stamp;
}

bool Credentials::needs_login() const {
  const std::lock_guard lock(mutex_);
  return kind_ == Kind::kHandshake && !basic_always_ && token_.empty() &&
         payload_token_.empty();
}

void Credentials::logged_in(const Headers& headers, const Headers& trailers,
                            std::string_view payload) {
  auto token = bearer_in(headers);
  if (!token) token = bearer_in(trailers);
  const std::lock_guard lock(mutex_);
  ++version_;
  rotated_ = false;
  token_.clear();
  payload_token_.clear();
  if (token) {
    token_ = std::move(*token);
  } else if (!payload.empty()) {
    payload_token_ = payload;
    if (is_bearer(payload) && is_printable(payload.substr(7))) {
      token_ = payload;
    } else if (is_printable(payload)) {
      token_ = "Bearer " + std::string(payload);
    }
  } else {
    basic_always_ = true;
  }
}

void Credentials::no_handshake() {
  const std::lock_guard lock(mutex_);
  ++version_;
  basic_always_ = true;
}

void Credentials::learn(const Headers& response) {
  auto token = bearer_in(response);
  if (!token) return;
  const std::lock_guard lock(mutex_);
  // Servers that echo what was sent bring nothing new.
  if (*token == (token_.empty() ? given_ : token_)) return;
  token_ = std::move(*token);
  rotated_ = true;
  ++version_;
}

void Credentials::ask_if_due(const Wait& wait) {
  if (kind_ != Kind::kSource) return;
  std::string refused;
  {
    const std::lock_guard lock(mutex_);
    if (token_.empty()) refused = from_source_;
  }
  std::string got = source_->get(refused, wait);
  const std::lock_guard lock(mutex_);
  // What a response brought in its place holds until the source has a new one.
  if (!token_.empty() && got == from_source_) return;
  token_ = "Bearer " + got;
  from_source_ = std::move(got);
  rotated_ = false;
  ++version_;
}

bool Credentials::refused(uint64_t version) {
  const std::lock_guard lock(mutex_);
  if (version != version_) return true;  // somebody else has renewed it meanwhile
  if (token_.empty() && payload_token_.empty()) return false;
  token_.clear();
  payload_token_.clear();
  rotated_ = false;
  ++version_;
  // What was given at the start, Basic, or a new Handshake is another try.
  return true;
}

std::string Credentials::description() const {
  const std::lock_guard lock(mutex_);
  if (rotated_ && kind_ != Kind::kHandshake) return "bearer token from a response";
  switch (kind_) {
    case Kind::kNone:
      return "none";
    case Kind::kFixed:
      return "authorization header";
    case Kind::kBearer:
      return "bearer token";
    case Kind::kSource:
      return "bearer token from a provider";
    default:
      break;
  }
  if (!token_.empty() || !payload_token_.empty())
    return "bearer token from the handshake";
  return basic_always_ ? "basic on every call" : "not logged in";
}

std::shared_ptr<Credentials> credentials_for(const FlightOptions& options) {
  const bool has_some = !options.user.empty() || !options.password.empty() ||
                        !options.token.empty() || !options.authorization.empty() ||
                        options.token_source != nullptr;
  // A token that an anonymous caller is handed is its session: nobody else's.
  if (!options.share_token || !has_some) return std::make_shared<Credentials>(options);
  return registry().find(token_key_of(options), options);
}

void stop_sharing_token(const FlightOptions& options) {
  registry().keep_apart(token_key_of(options));
}

}  // namespace fletching
