// Settings of the captures' files.
//
// Thread safety: plain values.
#pragma once

#include <cstdint>
#include <string>

namespace matinee::config {
struct Section;
}

namespace matinee::capture {

struct CaptureSettings {
  std::string capture_dir;
  int64_t min_free_bytes = 536870912;
};

// The default of the folder is in `data_dir`, which must outlive the section.
config::Section CaptureSection(CaptureSettings& captures, const std::string& data_dir);

}  // namespace matinee::capture
