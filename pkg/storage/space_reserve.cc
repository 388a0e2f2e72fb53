#include "storage/space_reserve.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <random>
#include <utility>

#include "base/files.h"
#include "base/strings.h"

namespace matinee::storage {
namespace {

// File systems that compress, or that keep zeros as holes, must store all of it.
std::string IncompressibleBytes(int64_t count) {
  std::minstd_rand random;
  std::string bytes(static_cast<size_t>(count), '\0');
  for (char& byte : bytes) byte = static_cast<char>(random() >> 8U);
  return bytes;
}

}  // namespace

SpaceReserve::SpaceReserve(std::string path) : path_(std::move(path)) {}

bool SpaceReserve::Release() {
  const std::lock_guard lock(mutex_);
  return unlink(path_.c_str()) == 0;
}

void SpaceReserve::ReleaseIfFull() {
  const auto free = FreeBytes(std::filesystem::path(path_).parent_path());
  if (free && *free < kBytes) Release();
}

Status SpaceReserve::Refill() {
  const std::lock_guard lock(mutex_);
  struct stat found {};
  if (lstat(path_.c_str(), &found) == 0) return {};
  TRY_ASSIGN(const int64_t free, FreeBytes(std::filesystem::path(path_).parent_path()));
  if (free < kFreeBytesMin) return {};
  return WriteFileAtomically(path_, IncompressibleBytes(kBytes));
}

}  // namespace matinee::storage
