// SPDX-License-Identifier: Apache-2.0
// The eight functions that set and get options, the same for databases, connections and
// statements. Every value is kept as a text.
#pragma once

#include <string>

#include "bindings/adbc/handles.h"
#include "bindings/adbc/options.h"

namespace fletching::adbc {

template <class Struct>
struct OptionCalls {
  static AdbcStatusCode set(Struct* object, const char* key, const char* value,
                            AdbcError* error) {
    return guarded(error, [&] {
      of(object).set_option(text(key, "option"),
                            std::string(text(value, "the option's value")));
    });
  }
  static AdbcStatusCode set_bytes(Struct* object, const char* key, const uint8_t* value,
                                  size_t length, AdbcError* error) {
    return guarded(error, [&] {
      const auto* bytes = reinterpret_cast<const char*>(value);
      of(object).set_option(text(key, "option"),
                            value == nullptr ? "" : std::string(bytes, length));
    });
  }
  static AdbcStatusCode set_int(Struct* object, const char* key, int64_t value,
                                AdbcError* error) {
    return guarded(error, [&] {
      of(object).set_option(text(key, "option"), std::to_string(value));
    });
  }
  static AdbcStatusCode set_double(Struct* object, const char* key, double value,
                                   AdbcError* error) {
    return guarded(
        error, [&] { of(object).set_option(text(key, "option"), from_double(value)); });
  }
  static AdbcStatusCode get(Struct* object, const char* key, char* out, size_t* length,
                            AdbcError* error) {
    return guarded(error, [&] {
      give_text(of(object).get_option(text(key, "option")), out, length);
    });
  }
  static AdbcStatusCode get_bytes(Struct* object, const char* key, uint8_t* out,
                                  size_t* length, AdbcError* error) {
    return guarded(error, [&] {
      give_bytes(of(object).get_option(text(key, "option")), out, length);
    });
  }
  static AdbcStatusCode get_int(Struct* object, const char* key, int64_t* out,
                                AdbcError* error) {
    return guarded(error, [&] {
      const std::string_view name = text(key, "option");
      out_of(out, "option") = to_int(name, of(object).get_option(name));
    });
  }
  static AdbcStatusCode get_double(Struct* object, const char* key, double* out,
                                   AdbcError* error) {
    return guarded(error, [&] {
      const std::string_view name = text(key, "option");
      out_of(out, "option") = to_double(name, of(object).get_option(name));
    });
  }
};

}  // namespace fletching::adbc
