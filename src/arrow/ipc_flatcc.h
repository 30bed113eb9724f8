// SPDX-License-Identifier: Apache-2.0
// Building flatbuffers with the flatcc builders that nanoarrow's source ships. Large:
// only for the writer's .cc files.
#pragma once

#include <flatcc/flatcc_builder.h>
#include <nanoarrow/ipc/flatcc_generated.h>

#include <cstdint>
#include <new>
#include <vector>

#define FLETCHING_IPC(x) FLATBUFFERS_WRAP_NAMESPACE(org_apache_arrow_flatbuf, x)

namespace fletching {

class FlatBuilder {
 public:
  FlatBuilder() {
    if (flatcc_builder_init(&builder_) != 0) throw std::bad_alloc();
  }
  ~FlatBuilder() { flatcc_builder_clear(&builder_); }
  FlatBuilder(const FlatBuilder&) = delete;
  FlatBuilder& operator=(const FlatBuilder&) = delete;

  [[nodiscard]] flatcc_builder_t* get() { return &builder_; }

  // The builder's calls fail only for want of memory.
  static void check(int result) {
    if (result != 0) throw std::bad_alloc();
  }
  template <class Ref>
  static Ref check_ref(Ref ref) {
    if (!ref) throw std::bad_alloc();
    return ref;
  }

  [[nodiscard]] std::vector<uint8_t> finish() {
    std::vector<uint8_t> out(flatcc_builder_get_buffer_size(&builder_));
    if (flatcc_builder_copy_buffer(&builder_, out.data(), out.size()) == nullptr) {
      throw std::bad_alloc();
    }
    return out;
  }

 private:
  flatcc_builder_t builder_{};
};

}  // namespace fletching
