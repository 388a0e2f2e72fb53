#include "edge/nginx_status.h"

#include <array>

#include "base/strings.h"

namespace matinee::edge {
namespace {

// The module writes about 100 bytes.
constexpr size_t kTextBytesMax = 1024;

// Takes the next word off `text`; "" at its end.
std::string_view NextWord(std::string_view& text) {
  constexpr std::string_view kSpace = " \r\n";
  const size_t begin = std::min(text.find_first_not_of(kSpace), text.size());
  text.remove_prefix(begin);
  const std::string_view word = text.substr(0, text.find_first_of(kSpace));
  text.remove_prefix(word.size());
  return word;
}

// One of the places of the text: a word that must stand there, or a number to be kept.
struct Place {
  std::string_view word;
  int64_t NginxStatus::*number = nullptr;
};

constexpr std::array kPlaces = {
    Place{"Active"},
    Place{"connections:"},
    Place{"", &NginxStatus::active},
    Place{"server"},
    Place{"accepts"},
    Place{"handled"},
    Place{"requests"},
    Place{"", &NginxStatus::accepted},
    Place{"", &NginxStatus::handled},
    Place{"", &NginxStatus::requests},
    Place{"Reading:"},
    Place{"", &NginxStatus::reading},
    Place{"Writing:"},
    Place{"", &NginxStatus::writing},
    Place{"Waiting:"},
    Place{"", &NginxStatus::waiting},
};

}  // namespace

Result<NginxStatus> ParseStubStatus(std::string_view text) {
  const auto wrong = [] { return Fail(Code::kBadGateway, "nginx's status cannot be read"); };
  if (text.size() > kTextBytesMax) return wrong();
  NginxStatus status;
  for (const Place& place : kPlaces) {
    const std::string_view word = NextWord(text);
    if (place.number == nullptr) {
      if (word != place.word) return wrong();
      continue;
    }
    const auto number = ParseInt(word);
    if (!number || *number < 0) return wrong();
    status.*place.number = *number;
  }
  if (!NextWord(text).empty()) return wrong();
  return status;
}

}  // namespace matinee::edge
