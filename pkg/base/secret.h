// A credential. It prints as "***" wherever it is printed; only Reveal() gives the text, and only
// the code that puts it into a request calls that.
#pragma once

#include <ostream>
#include <string>
#include <utility>

namespace matinee {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}

  [[nodiscard]] const std::string& Reveal() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  bool operator==(const Secret&) const = default;

 private:
  std::string text_;
};

inline std::ostream& operator<<(std::ostream& out, const Secret& secret) {
  return out << (secret.empty() ? "" : "***");
}

}  // namespace matinee
