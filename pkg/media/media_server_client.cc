#include "media/media_server_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "base/strings.h"

namespace matinee::media {
namespace {

constexpr std::array<Product, 3> kProducts = {{
    {"Plex", "token", "PLEX_URL", "PLEX_TOKEN"},
    {"Jellyfin", "API key", "JELLYFIN_URL", "JELLYFIN_API_KEY"},
    {"Emby", "API key", "EMBY_URL", "EMBY_API_KEY"},
}};

Error ExplainStatus(const Product& product, int status) {
  switch (status) {
    case 401:
      return {Code::kUnauthenticated,
              fmt::format("{} refuses the {} (HTTP 401). Check {}.", product.name,
                          product.token_word, product.token_setting)};
    case 403:
      return {
          Code::kUnauthenticated,
          fmt::format("{} does not allow this with the given {} (HTTP 403). Set {} to one of the "
                      "server's owner or administrator.",
                      product.name, product.token_word, product.token_setting)};
    case 404:
      return {Code::kNotFound, fmt::format("{} does not have what was requested (HTTP 404). If "
                                           "nothing works, check the path in {}.",
                                           product.name, product.url_setting)};
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
      return {
          Code::kBadGateway,
          fmt::format("{} redirects to another address (HTTP {}), which Matinee does not follow. "
                      "Set {} to its real address, with http or https and its path.",
                      product.name, status, product.url_setting)};
    default:
      return {Code::kBadGateway,
              fmt::format("{} returned an error (HTTP {}). Its log should say why.", product.name,
                          status)};
  }
}

}  // namespace

const Product& ProductOf(MediaServerType source) {
  return kProducts.at(static_cast<size_t>(source));
}

MediaServerClient::MediaServerClient(MediaServerType source, std::string base_url,
                                     std::string accept,
                                     std::pair<std::string, Secret> secret_header,
                                     http::Client& client, const Clock& clock)
    : source_(source),
      base_url_(std::move(base_url)),
      accept_(std::move(accept)),
      secret_header_(std::move(secret_header)),
      client_(client),
      clock_(clock) {
  while (base_url_.ends_with('/')) base_url_.pop_back();
  if (const auto url = http::ParseBaseUrl(base_url_)) {
    host_ = url->host;
    origin_ = base_url_.substr(0, base_url_.find('/', url->scheme.size() + 3));
  }
}

Result<http::ClientResponse> MediaServerClient::Get(const std::string& path, size_t bytes_max,
                                                    MonoTime deadline,
                                                    std::string_view accept) const {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock_.Mono());
  if (left.count() <= 0) {
    return Fail(Explain({Code::kDeadlineExceeded, origin_ + " did not answer in time"}));
  }
  http::ClientRequest request;
  request.url = base_url_ + path;
  request.headers = {{"Accept", accept.empty() ? accept_ : std::string(accept)}};
  request.secret_headers = {secret_header_};
  request.timeout = left;
  request.body_bytes_max = bytes_max;
  auto response = client_.Send(request);
  if (!response) return Fail(Explain(response.error()));
  if (response->status != 200) return Fail(ExplainStatus(ProductOf(source_), response->status));
  return *std::move(response);
}

// Replaces the server's address by the product's name: messages are shown in /api/health, where the
// address must not appear.
Error MediaServerClient::Explain(const Error& error) const {
  const Product& product = ProductOf(source_);
  if (error.code == Code::kInvalidArgument) {
    return {Code::kBadGateway, fmt::format("{} is not a valid address.", product.url_setting)};
  }
  std::string message = error.message;
  while (!origin_.empty() && message.find(origin_) != std::string::npos) {
    message.replace(message.find(origin_), origin_.size(), product.name);
  }
  if (message.empty() || message.find(host_) != std::string::npos) {
    message = fmt::format("{} cannot be reached", product.name);
  }
  const Code code = error.code == Code::kUnavailable || error.code == Code::kDeadlineExceeded
                        ? error.code
                        : Code::kBadGateway;
  return {code,
          fmt::format("{}. Check that it is running, and check {}.", message, product.url_setting)};
}

bool HasAnswered(const Error& error) {
  return error.code != Code::kUnavailable && error.code != Code::kDeadlineExceeded;
}

std::optional<WallTime> ParseHttpDate(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  // "Sun, 06 Nov 1994 08:49:37 GMT": every field has a fixed position.
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT") {
    return std::nullopt;
  }
  const auto day = ParseInt(text.substr(5, 2));
  const auto* month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  const auto year = ParseInt(text.substr(12, 4));
  const auto hour = ParseInt(text.substr(17, 2));
  const auto minute = ParseInt(text.substr(20, 2));
  const auto second = ParseInt(text.substr(23, 2));
  if (!day || month == kMonths.end() || !year || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{
      std::chrono::year(static_cast<int>(*year)),
      std::chrono::month(static_cast<unsigned>(month - kMonths.begin()) + 1),
      std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *year < 1970 || *hour < 0 || *hour > 23 || *minute < 0 || *minute > 59 ||
      *second < 0 || *second > 60) {
    return std::nullopt;
  }
  return WallTime(std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(*hour) +
                  std::chrono::minutes(*minute) + std::chrono::seconds(*second));
}

}  // namespace matinee::media
