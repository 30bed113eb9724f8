// SPDX-License-Identifier: Apache-2.0
// ResultStreams from and to the Arrow C stream interface.
#pragma once

#include <functional>
#include <memory>

#include "arrow/owned.h"
#include "arrow/result_stream.h"
#include "fletching/error.h"

namespace fletching {

// Asked before each blocking call; what it captures lives as long as the stream.
using MakeWait = std::function<Wait()>;

// What a C stream returns for an error of this kind.
[[nodiscard]] int errno_of(Code code) noexcept;

// The stream for a consumer, which may call on any thread, one at a time. get_next
// blocks until there is a batch. Failures leave their text in get_last_error, and give:
// EINTR when the tick threw, ECANCELED, ETIMEDOUT, ENOMEM, EINVAL (bad data or
// arguments), ENOTSUP, EACCES, EIO for all else. After a failure every call gives it
// again. In a forked child calls fail, and release forgets the stream without touching
// it.
[[nodiscard]] UniqueArrayStream export_stream(std::unique_ptr<ResultStream> stream,
                                              MakeWait make_wait);

// The stream of a producer, which is trusted as the interface says. Its calls block as
// long as they like: waits are looked at between them. Throws Error with the producer's
// text; kInvalidArgument where the schema is not a struct type.
[[nodiscard]] std::unique_ptr<ResultStream> import_stream(UniqueArrayStream stream);

}  // namespace fletching
