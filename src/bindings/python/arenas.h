// SPDX-License-Identifier: Apache-2.0
// Memory for millions of small objects at a lower price.
#pragma once

#include <nanobind/nanobind.h>

namespace fletching::python {

// While it lives, new arenas of Python's small-object allocator come with their pages
// in place. A large fetchall fills them to the last byte anyway, and page by page the
// faults cost more than making the objects. (Huge pages were tried: three times cheaper
// in a process that frees and fetches again, three times dearer for the first fetch on
// a virtual machine that hands its free memory back.) Arenas are given back as ever,
// since Python's own allocator frees with munmap. Needs the interpreter lock to make
// and to end; does nothing where the host has set an allocator of its own.
class PopulatedArenas {
 public:
  PopulatedArenas();
  ~PopulatedArenas();
  PopulatedArenas(const PopulatedArenas&) = delete;
  PopulatedArenas& operator=(const PopulatedArenas&) = delete;
};

}  // namespace fletching::python
