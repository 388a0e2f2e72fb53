#include "edge/nginx_status.h"

#include <array>

#include "base/strings.h"

namespace matinee::edge {
namespace {

// The module writes about 100 bytes.
constexpr size_t kTextBytesMax = 1024;

// Removes the next word from `text` and returns it; "" at the end.
std::string_view NextWord(std::string_view& text) {
  constexpr std::string_view kSpace = " \r\n";
  const size_t begin = std::min(text.find_first_not_of(kSpace), text.size());
  text.remove_prefix(begin);
  const std::string_view word = text.substr(0, text.find_first_of(kSpace));
  text.remove_prefix(word.size());
  return word;
}

// An expected token of the text: a fixed word, or a number to store.
struct Token {
  std::string_view word;
  int64_t NginxStatus::*number = nullptr;
};

constexpr std::array kTokens = {
    Token{"Active"},
    Token{"connections:"},
    Token{"", &NginxStatus::active},
    Token{"server"},
    Token{"accepts"},
    Token{"handled"},
    Token{"requests"},
    Token{"", &NginxStatus::accepted},
    Token{"", &NginxStatus::handled},
    Token{"", &NginxStatus::requests},
    Token{"Reading:"},
    Token{"", &NginxStatus::reading},
    Token{"Writing:"},
    Token{"", &NginxStatus::writing},
    Token{"Waiting:"},
    Token{"", &NginxStatus::waiting},
};

}  // namespace

Result<NginxStatus> ParseStubStatus(std::string_view text) {
  const auto wrong = [] { return Fail(Code::kBadGateway, "nginx's status has an unknown format"); };
  if (text.size() > kTextBytesMax) return wrong();
  NginxStatus status;
  for (const Token& token : kTokens) {
    const std::string_view word = NextWord(text);
    if (token.number == nullptr) {
      if (word != token.word) return wrong();
      continue;
    }
    const auto number = ParseInt(word);
    if (!number || *number < 0) return wrong();
    status.*token.number = *number;
  }
  if (!NextWord(text).empty()) return wrong();
  return status;
}

}  // namespace matinee::edge
