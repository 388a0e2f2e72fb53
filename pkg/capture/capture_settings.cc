#include "capture/capture_settings.h"

#include "config/setting_types.h"

namespace matinee::capture {

config::Section CaptureSection(CaptureSettings& captures, const std::string& data_dir) {
  return {.title = "Captures",
          .settings =
              {
                  config::Path("CAPTURE_DIR", captures.capture_dir,
                               "Folder of the screenshots and clips.")
                      .Derived("DATA_DIR/captures"),
                  config::Bytes("MIN_FREE_BYTES", captures.min_free_bytes,
                                "Captures are refused while less than this is free on their file "
                                "system."),
              },
          .complete = [&captures, &data_dir](config::LoadState& /*state*/) {
            if (captures.capture_dir.empty()) {
              captures.capture_dir = config::JoinPath(data_dir, "captures");
            }
          }};
}

}  // namespace matinee::capture
