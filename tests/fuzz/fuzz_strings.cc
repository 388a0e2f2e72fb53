#include <optional>
#include <string>

#include "base/ids.h"
#include "base/strings.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace matinee;
  const std::string_view text = fuzz::View(data, size);

  FUZZ_CHECK(PercentDecode(PercentEncode(text)) == text);
  if (const auto decoded = PercentDecode(text)) {
    FUZZ_CHECK(decoded->size() <= text.size());
    FUZZ_CHECK(PercentDecode(PercentEncode(*decoded)) == *decoded);
  }
  (void)PercentDecode(text, true);

  const std::string printable = EscapeUnprintable(text);
  FUZZ_CHECK(IsUtf8(printable));
  FUZZ_CHECK(EscapeUnprintable(printable) == printable);
  const size_t half = printable.size() / 2;
  const std::string_view cut = TruncateUtf8(printable, half);
  FUZZ_CHECK(cut.size() <= half && half - cut.size() < 4 && IsUtf8(cut));

  std::string joined;
  for (const std::string_view part : Split(text, '/')) joined += "/" + std::string(part);
  FUZZ_CHECK(joined.substr(1) == text);

  const std::string_view trimmed = Trim(text);
  FUZZ_CHECK(Trim(trimmed) == trimmed);
  FUZZ_CHECK(EqualsIgnoreCase(text, ToLower(text)));
  if (const auto number = ParseInt(text)) FUZZ_CHECK(ParseInt(std::to_string(*number)) == number);
  if (const auto number = ParseDouble(text)) FUZZ_CHECK(*number == *number);
  if (IsUuid(text)) FUZZ_CHECK(text.size() == 36);
  return 0;
}
