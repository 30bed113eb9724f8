// SPDX-License-Identifier: Apache-2.0
#include "cli/installed.h"

#include <algorithm>
#include <fstream>
#include <set>

namespace fletching::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kOurs = "fletching_compat_";
constexpr std::string_view kInit = "/__init__.py";

std::vector<fs::path> entries(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

// A distribution by its folder NAME-VERSION.dist-info and the list of files in it.
struct Distribution {
  std::string name, version;
  struct File {
    std::string path;
    std::string size;  // as recorded; may be empty
  };
  std::vector<File> files;

  [[nodiscard]] bool has(const std::string& path) const {
    return std::any_of(files.begin(), files.end(),
                       [&](const File& file) { return file.path == path; });
  }
};

// "path,hash,size": commas within a path are quoted, and none of ours has them.
std::vector<Distribution::File> recorded(const fs::path& record) {
  std::vector<Distribution::File> out;
  std::ifstream lines(record);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    const size_t first = line.find(',');
    const size_t last = line.rfind(',');
    if (first == std::string::npos) continue;
    out.push_back({line.substr(0, first), line.substr(last + 1)});
  }
  return out;
}

std::vector<Distribution> distributions(const fs::path& site) {
  std::vector<Distribution> out;
  for (const fs::path& folder : entries(site)) {
    if (folder.extension() != ".dist-info") continue;
    const std::string stem = folder.stem().string();
    const size_t dash = stem.find('-');
    if (dash == std::string::npos) continue;
    out.push_back(
        {stem.substr(0, dash), stem.substr(dash + 1), recorded(folder / "RECORD")});
  }
  return out;
}

bool intact(const Distribution& ours, const fs::path& site) {
  return std::all_of(ours.files.begin(), ours.files.end(), [&](const auto& file) {
    if (!file.path.ends_with(".py") || file.size.empty()) return true;
    std::error_code error;
    const auto size = fs::file_size(site / file.path, error);
    return !error && std::to_string(size) == file.size;
  });
}

std::set<std::string> packages_of(const Distribution& ours) {
  std::set<std::string> out;
  for (const auto& file : ours.files) {
    const size_t slash = file.path.find('/');
    if (slash != std::string::npos && file.path.substr(slash) == kInit) {
      out.insert(file.path.substr(0, slash));
    }
  }
  return out;
}

std::string with_dashes(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

std::string sentence(const std::string& package, const Distribution& ours,
                     const Distribution* rival, bool is_intact) {
  const std::string name = with_dashes(ours.name);
  const std::string again = "pip install --force-reinstall --no-deps " + name;
  if (rival == nullptr) {
    return package + ": files of " + name + " are missing or overwritten (" + again +
           ")";
  }
  const std::string other = with_dashes(rival->name);
  return package + ": " + other + " " + rival->version +
         (is_intact ? " is installed beside " + name + ", which owns that name too"
                    : " has overwritten files of " + name) +
         " (pip uninstall " + other + " && " + again + ")";
}

void look_at(const fs::path& site, std::vector<std::string>& out) {
  const std::vector<fs::path> names = entries(site);
  const bool any = std::any_of(names.begin(), names.end(), [](const fs::path& path) {
    return path.filename().string().starts_with(kOurs);
  });
  if (!any) return;
  const std::vector<Distribution> all = distributions(site);
  for (const Distribution& ours : all) {
    if (!ours.name.starts_with(kOurs)) continue;
    const bool is_intact = intact(ours, site);
    for (const std::string& package : packages_of(ours)) {
      const auto rival = std::find_if(all.begin(), all.end(), [&](const auto& other) {
        return !other.name.starts_with(kOurs) &&
               other.has(package + std::string(kInit));
      });
      const Distribution* found = rival == all.end() ? nullptr : &*rival;
      if (found != nullptr || !is_intact) {
        out.push_back(sentence(package, ours, found, is_intact));
      }
    }
  }
}

}  // namespace

std::vector<std::string> import_name_clashes(const fs::path& prefix) {
  std::vector<std::string> out;
  for (const fs::path& python : entries(prefix / "lib")) {
    if (!python.filename().string().starts_with("python3")) continue;
    look_at(python / "site-packages", out);
    look_at(python / "dist-packages", out);
  }
  return out;
}

fs::path own_prefix() {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::path() : self.parent_path().parent_path();
}

}  // namespace fletching::cli
