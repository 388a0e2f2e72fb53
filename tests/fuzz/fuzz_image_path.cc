#include <string>

#include "base/strings.h"
#include "fuzz.h"
#include "media/image_proxy.h"

namespace {

using namespace matinee;

void CheckAllowed(media::MediaServerType source, std::string_view path) {
  const auto allowed = media::AllowedImagePath(source, path);
  if (!allowed) {
    FUZZ_CHECK(allowed.error().code == Code::kPermissionDenied);
    return;
  }
  FUZZ_CHECK(allowed->starts_with('/') && !allowed->starts_with("//"));
  FUZZ_CHECK(allowed->find_first_of("\r\n \\@#") == std::string::npos);
  FUZZ_CHECK(allowed->find("..") == std::string::npos);
  FUZZ_CHECK(allowed->size() <= 3 * media::kImagePathBytesMax);
  // An image path is recognisable; the servers' other endpoints are rejected.
  bool image = false;
  for (const char* word :
       {"/photo/:/transcode?", "/Images/", "/thumb/", "/art/", "/banner/", "/poster/",
        "/clearLogo/", "/squareArt/", "/composite/", "/chapterImages/"}) {
    image = image || allowed->find(word) != std::string::npos;
  }
  FUZZ_CHECK(image);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view path = fuzz::View(data, size);
  for (const auto source : {media::MediaServerType::kPlex, media::MediaServerType::kJellyfin,
                            media::MediaServerType::kEmby}) {
    CheckAllowed(source, path);
  }
  if (const auto type = media::ImageType(path)) {
    FUZZ_CHECK(type->starts_with("image/") && type->find("svg") == std::string::npos);
  }
  return 0;
}
