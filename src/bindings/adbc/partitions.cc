// SPDX-License-Identifier: Apache-2.0
#include "bindings/adbc/partitions.h"

#include <memory>
#include <utility>

namespace fletching::adbc {
namespace {

struct Kept {
  std::vector<std::string> bytes;
  std::vector<const uint8_t*> starts;
  std::vector<size_t> lengths;
};

void release(AdbcPartitions* partitions) {
  delete static_cast<Kept*>(partitions->private_data);
  *partitions = {};
}

}  // namespace

void give_partitions(std::vector<std::string> partitions, AdbcPartitions* out) {
  auto kept = std::make_unique<Kept>();
  kept->bytes = std::move(partitions);
  for (const std::string& part : kept->bytes) {
    kept->starts.push_back(reinterpret_cast<const uint8_t*>(part.data()));
    kept->lengths.push_back(part.size());
  }
  out->num_partitions = kept->bytes.size();
  out->partitions = kept->starts.data();
  out->partition_lengths = kept->lengths.data();
  out->release = release;
  out->private_data = kept.release();
}

}  // namespace fletching::adbc
