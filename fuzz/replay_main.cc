// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target over files without libFuzzer: replay [--damage N]
// FILE|DIRECTORY...
// --damage also runs N damaged copies of each, always the same ones. Fails where there
// is no file at all.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

using Bytes = std::vector<uint8_t>;

Bytes read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void run(const Bytes& bytes) {
  // A copy of exactly that size, so that a sanitizer sees every byte read beyond it.
  const Bytes exact(bytes);
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

// What lengths and offsets are most dangerous as.
constexpr uint64_t kNumbers[] = {0,
                                 1,
                                 0x7F,
                                 0x80,
                                 0xFF,
                                 0x7FFF,
                                 0xFFFF,
                                 0x7FFFFFFF,
                                 0x80000000,
                                 0xFFFFFFFF,
                                 UINT64_MAX,
                                 INT64_MAX,
                                 uint64_t{1} << 63,
                                 uint64_t{1} << 40};

Bytes damaged(Bytes bytes, std::mt19937& random) {
  const int faults = 1 + static_cast<int>(random() % 4);
  for (int i = 0; i < faults && !bytes.empty(); ++i) {
    const size_t at = random() % bytes.size();
    switch (random() % 5) {
      case 0:
        bytes[at] = static_cast<uint8_t>(random());
        break;
      case 1:
        bytes[at] = static_cast<uint8_t>(bytes[at] ^ (1u << (random() % 8)));
        break;
      case 2:
        bytes.resize(at);
        break;
      case 3:
        bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(at));
        break;
      default: {
        const uint64_t number = kNumbers[random() % std::size(kNumbers)];
        const size_t width = size_t{1} << (random() % 4);
        for (size_t b = 0; b < width && at / 8 * 8 + b < bytes.size(); ++b) {
          bytes[at / 8 * 8 + b] = static_cast<uint8_t>(number >> (8 * b));
        }
      }
    }
  }
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  int copies = 0;
  size_t files = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--damage" && i + 1 < argc) {
      copies = std::atoi(argv[++i]);
      continue;
    }
    std::vector<std::filesystem::path> paths;
    if (std::filesystem::is_directory(word)) {
      for (const auto& entry : std::filesystem::directory_iterator(word)) {
        paths.push_back(entry.path());
      }
    } else {
      paths.emplace_back(word);
    }
    std::sort(paths.begin(), paths.end());
    for (const auto& path : paths) {
      const Bytes bytes = read(path);
      std::mt19937 random(static_cast<uint32_t>(bytes.size()));
      run(bytes);
      for (int copy = 0; copy < copies; ++copy) run(damaged(bytes, random));
      ++files;
    }
  }
  std::printf("%zu files, %d damaged copies of each\n", files, copies);
  return files == 0 ? 1 : 0;
}
