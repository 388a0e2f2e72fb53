#include "media/image_proxy.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <vector>

#include "base/strings.h"

namespace matinee::media {
namespace {

// The allowed forms of a path segment or a query value.
enum class Shape {
  kNumber,     // 1 to 19 digits
  kPixels,     // 1 to 4000: more would only load the server
  kQuality,    // 0 to 100
  kFlag,       // 0 or 1
  kId,         // Letters, digits, dashes, underscores: the ids of Jellyfin and Emby
  kFormat,     // An image format
  kPlexImage,  // The path of another image on the same Plex server, or an image of plex.tv
  kPlexKind,   // thumb, art, ...
  kItemKind,   // Primary, Backdrop, ...
};

// A segment matches either this text or this shape.
struct Segment {
  std::string_view text;
  std::optional<Shape> shape;
};
struct Parameter {
  std::string_view name;
  Shape shape;
};
struct Pattern {
  std::span<const Segment> segments;
  std::span<const Parameter> parameters;
  std::string_view required = {};  // The parameter that must be present.
};

constexpr Segment Text(std::string_view text) {
  return {text, std::nullopt};
}
constexpr Segment Any(Shape shape) {
  return {"", shape};
}

// Plex's image transcoder and the image attributes of its items (thumb, art, ... of
// /library/metadata/{id}).
constexpr std::array kTranscode = {Text("photo"), Text(":"), Text("transcode")};
constexpr std::array kTranscodeQuery = {
    Parameter{"width", Shape::kPixels},    Parameter{"height", Shape::kPixels},
    Parameter{"minSize", Shape::kFlag},    Parameter{"upscale", Shape::kFlag},
    Parameter{"quality", Shape::kQuality}, Parameter{"format", Shape::kFormat},
    Parameter{"url", Shape::kPlexImage}};
constexpr std::array kPlexItem = {Text("library"), Text("metadata"), Any(Shape::kNumber),
                                  Any(Shape::kPlexKind), Any(Shape::kNumber)};
constexpr std::array kPlexSection = {Text("library"), Text("sections"), Any(Shape::kNumber),
                                     Text("composite"), Any(Shape::kNumber)};
constexpr std::array kPlexChapter = {Text("library"), Text("media"), Any(Shape::kNumber),
                                     Text("chapterImages"), Any(Shape::kNumber)};
constexpr std::array kPlexImages = {Pattern{kPlexItem, {}}, Pattern{kPlexSection, {}},
                                    Pattern{kPlexChapter, {}}};

// Jellyfin's ImageController (GET Items/{itemId}/Images/{imageType}[/{imageIndex}]); Emby's
// ImageService is the same.
constexpr std::array kItemQuery = {Parameter{"maxWidth", Shape::kPixels},
                                   Parameter{"maxHeight", Shape::kPixels},
                                   Parameter{"width", Shape::kPixels},
                                   Parameter{"height", Shape::kPixels},
                                   Parameter{"fillWidth", Shape::kPixels},
                                   Parameter{"fillHeight", Shape::kPixels},
                                   Parameter{"quality", Shape::kQuality},
                                   Parameter{"format", Shape::kFormat},
                                   Parameter{"tag", Shape::kId}};
constexpr std::array kItem = {Text("Items"), Any(Shape::kId), Text("Images"),
                              Any(Shape::kItemKind)};
constexpr std::array kItemIndexed = {Text("Items"), Any(Shape::kId), Text("Images"),
                                     Any(Shape::kItemKind), Any(Shape::kNumber)};
constexpr std::array kUser = {Text("Users"), Any(Shape::kId), Text("Images"),
                              Any(Shape::kItemKind)};
constexpr std::array kItemPatterns = {Pattern{kItem, kItemQuery}, Pattern{kItemIndexed, kItemQuery},
                                      Pattern{kUser, kItemQuery}};
constexpr std::array kPlexPatterns = {Pattern{kTranscode, kTranscodeQuery, "url"},
                                      Pattern{kPlexItem, {}}, Pattern{kPlexSection, {}},
                                      Pattern{kPlexChapter, {}}};

constexpr std::array<std::string_view, 6> kPlexKinds = {"thumb",  "art",       "banner",
                                                        "poster", "clearLogo", "squareArt"};
constexpr std::array<std::string_view, 12> kItemKinds = {
    "Primary", "Art", "Backdrop", "Banner",  "Logo",    "Thumb",
    "Disc",    "Box", "BoxRear",  "Chapter", "Profile", "Screenshot"};
// Where the logos of live channels and the images of the programme guide are. These hosts serve
// only images; images.plex.tv is not one of them, because it fetches any address.
constexpr std::array<std::string_view, 3> kPlexImageHosts = {
    "metadata-static.plex.tv", "provider-static.plex.tv", "tmsimg.plex.tv"};
constexpr std::array<std::string_view, 6> kFormats = {"jpg", "jpeg", "png", "webp", "gif", "avif"};
// Allowed response types. SVG is excluded: it can run scripts when opened directly.
constexpr std::array<std::string_view, 6> kImageTypes = {"image/jpeg", "image/png",  "image/webp",
                                                         "image/gif",  "image/avif", "image/bmp"};

template <typename Container>
bool Contains(const Container& container, std::string_view value) {
  return std::find(container.begin(), container.end(), value) != container.end();
}

bool IsNumber(std::string_view text, int64_t least, int64_t most) {
  const bool digits =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  const auto number = digits ? ParseInt(text) : std::nullopt;
  return number && *number >= least && *number <= most;
}

bool IsId(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_';
  });
}

// "https://host/path" with a host of kPlexImageHosts: no port, user, query or encoded bytes.
bool IsPlexHostImage(std::string_view text) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!text.starts_with(scheme)) continue;
    text.remove_prefix(scheme.size());
    const auto segments = Split(text, '/');
    return segments.size() > 1 && Contains(kPlexImageHosts, segments.front()) &&
           std::all_of(segments.begin() + 1, segments.end(), [](std::string_view segment) {
             std::string plain(segment);
             std::erase(plain, '.');
             const bool dots = segment.starts_with('.') || segment.find("..") != std::string::npos;
             return !dots && IsId(plain);
           });
  }
  return false;
}

bool Fits(const Pattern& pattern, std::string_view path);

// `text` may be percent-encoded twice, and a second decoding must not make it harmful: it is
// accepted only if it needs no decoding.
bool IsPlexImage(std::string_view text) {
  return IsPlexHostImage(text) ||
         std::any_of(kPlexImages.begin(), kPlexImages.end(),
                     [text](const Pattern& pattern) { return Fits(pattern, text); });
}

bool Has(Shape shape, std::string_view text) {
  switch (shape) {
    case Shape::kNumber:
      return IsNumber(text, 0, INT64_MAX);
    case Shape::kPixels:
      return IsNumber(text, 1, 4000);
    case Shape::kQuality:
      return IsNumber(text, 0, 100);
    case Shape::kFlag:
      return text == "0" || text == "1";
    case Shape::kId:
      return IsId(text);
    case Shape::kFormat:
      return Contains(kFormats, ToLower(text));
    case Shape::kPlexImage:
      return IsPlexImage(text);
    case Shape::kPlexKind:
      return Contains(kPlexKinds, text);
    case Shape::kItemKind:
      return Contains(kItemKinds, text);
  }
  return false;
}

bool Fits(const Pattern& pattern, std::string_view path) {
  if (!path.starts_with('/')) return false;
  const auto parts = Split(path.substr(1), '/');
  if (parts.size() != pattern.segments.size()) return false;
  for (size_t i = 0; i < parts.size(); ++i) {
    const Segment& segment = pattern.segments[i];
    if (segment.shape ? !Has(*segment.shape, parts[i]) : parts[i] != segment.text) return false;
  }
  return true;
}

auto RefuseImage(std::string_view reason) {
  return Fail(Code::kPermissionDenied,
              "This is not an image of the media server: " + std::string(reason) + ".");
}

// Returns the query, percent-encoded again, if each parameter is known, well-formed and given once.
Result<std::string> CleanQuery(const Pattern& pattern, std::string_view query) {
  std::string clean;
  std::vector<std::string_view> seen;
  for (const std::string_view pair : Split(query, '&')) {
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos) return RefuseImage("a parameter has no value");
    const std::string_view name = pair.substr(0, equals);
    const auto* known = std::find_if(pattern.parameters.data(),
                                     pattern.parameters.data() + pattern.parameters.size(),
                                     [name](const Parameter& p) { return p.name == name; });
    if (known == pattern.parameters.data() + pattern.parameters.size()) {
      return RefuseImage("a parameter is not allowed for an image");
    }
    if (Contains(seen, name)) return RefuseImage("a parameter is given twice");
    seen.push_back(name);
    const auto value = PercentDecode(pair.substr(equals + 1));
    if (!value || !Has(known->shape, *value))
      return RefuseImage("a parameter's value is not allowed");
    clean += clean.empty() ? '?' : '&';
    clean.append(name).append("=").append(PercentEncode(*value));
  }
  if (!pattern.required.empty() && !Contains(seen, pattern.required)) {
    return RefuseImage("a parameter is missing");
  }
  return clean;
}

}  // namespace

Result<std::string> AllowedImagePath(MediaServerType source, std::string_view path) {
  if (path.empty() || path.front() != '/') return RefuseImage("it is not a path on the server");
  if (path.size() > kImagePathBytesMax) return RefuseImage("the path is too long");
  const size_t question = path.find('?');
  const std::string_view file = path.substr(0, question);
  const std::span<const Pattern> patterns =
      source == MediaServerType::kPlex ? std::span<const Pattern>(kPlexPatterns) : kItemPatterns;
  for (const Pattern& pattern : patterns) {
    if (!Fits(pattern, file)) continue;
    if (question == std::string_view::npos) {
      if (!pattern.required.empty()) return RefuseImage("a parameter is missing");
      return std::string(file);
    }
    TRY_ASSIGN(const std::string query, CleanQuery(pattern, path.substr(question + 1)));
    return std::string(file) + query;
  }
  return RefuseImage("the path is not the path of an image");
}

std::optional<std::string> FirstAllowedImage(MediaServerType source,
                                             const std::vector<std::string>& paths) {
  const auto found = std::find_if(paths.begin(), paths.end(), [source](const std::string& path) {
    return AllowedImagePath(source, path).has_value();
  });
  return found == paths.end() ? std::nullopt : std::optional(*found);
}

Result<std::string> ImageType(std::string_view content_type) {
  std::string type = ToLower(Trim(content_type.substr(0, content_type.find(';'))));
  if (Contains(kImageTypes, type)) return type;
  return Fail(Code::kBadGateway, "The media server returned something that is not an image.");
}

Result<Image> FetchProxied(MediaServer& server, std::string_view path) {
  TRY_ASSIGN(const std::string allowed, AllowedImagePath(server.source(), path));
  auto image = server.FetchImage(allowed);
  if (!image) {
    Error error = std::move(image).error();
    // A token that the media server rejects is not the browser's fault.
    if (error.code == Code::kUnauthenticated) error.code = Code::kBadGateway;
    if (error.code == Code::kNotFound) error.message = "The media server has no such image.";
    return Fail(std::move(error));
  }
  TRY_ASSIGN(image->content_type, ImageType(image->content_type));
  return image;
}

}  // namespace matinee::media
