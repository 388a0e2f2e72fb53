#include "json/scanner.h"

#include <cstdint>

#include "base/strings.h"

namespace matinee::json {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// The value of four hexadecimal digits; -1 if they are not.
int HexQuad(std::string_view digits) {
  if (digits.size() < 4) return -1;
  int value = 0;
  for (const char c : digits.substr(0, 4)) {
    int digit = -1;
    if (IsDigit(c)) digit = c - '0';
    if (c >= 'a' && c <= 'f') digit = c - 'a' + 10;
    if (c >= 'A' && c <= 'F') digit = c - 'A' + 10;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

bool IsHighSurrogate(int unit) {
  return unit >= 0xD800 && unit <= 0xDBFF;
}

bool IsLowSurrogate(int unit) {
  return unit >= 0xDC00 && unit <= 0xDFFF;
}

void AppendUtf8(uint32_t code_point, std::string& text) {
  const auto byte = [&text](uint32_t bits) { text += static_cast<char>(bits); };
  if (code_point < 0x80) {
    byte(code_point);
  } else if (code_point < 0x800) {
    byte(0xC0 | (code_point >> 6));
    byte(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    byte(0xE0 | (code_point >> 12));
    byte(0x80 | ((code_point >> 6) & 0x3F));
    byte(0x80 | (code_point & 0x3F));
  } else {
    byte(0xF0 | (code_point >> 18));
    byte(0x80 | ((code_point >> 12) & 0x3F));
    byte(0x80 | ((code_point >> 6) & 0x3F));
    byte(0x80 | (code_point & 0x3F));
  }
}

}  // namespace

Scanner::Scanner(std::string_view text)
    : begin_(text.data()), at_(begin_), end_(begin_ + text.size()) {
  if (text.starts_with(kByteOrderMark)) at_ += kByteOrderMark.size();
}

Event Scanner::Next() {
  SkipSpace();
  if (state_ == State::kAfterValue && !open_.empty() && IsNext(',')) {
    ++at_;
    SkipSpace();
    state_ = open_.back() ? State::kName : State::kValue;
  }
  switch (state_) {
    case State::kValue:
      return Value();
    case State::kFirstElement:
      return IsNext(']') ? Close() : Value();
    case State::kFirstName:
      return IsNext('}') ? Close() : Name();
    case State::kName:
      return Name();
    case State::kAfterValue:
      if (!open_.empty()) return IsNext(open_.back() ? '}' : ']') ? Close() : Fail();
      if (at_ != end_) return Fail();
      state_ = State::kEnd;
      return Event::kEnd;
    case State::kEnd:
      return Event::kEnd;
    case State::kError:
      break;
  }
  return Event::kError;
}

bool Scanner::Skip(Event event) {
  if (event == Event::kBeginArray || event == Event::kBeginObject) {
    const size_t outside = open_.size() - 1;
    while (event != Event::kError && open_.size() > outside) event = Next();
  }
  return event != Event::kError;
}

void Scanner::SkipSpace() {
  while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
}

Event Scanner::Fail() {
  state_ = State::kError;
  return Event::kError;
}

Event Scanner::Name() {
  if (!String()) return Fail();
  SkipSpace();
  if (!IsNext(':')) return Fail();
  ++at_;
  state_ = State::kValue;
  return Event::kName;
}

Event Scanner::Value() {
  if (at_ == end_) return Fail();
  switch (*at_) {
    case '{':
      return Open(/*object=*/true);
    case '[':
      return Open(/*object=*/false);
    case '"':
      if (!String()) return Fail();
      state_ = State::kAfterValue;
      return Event::kString;
    case 'n':
      return Literal("null", Event::kNull);
    case 't':
      return Literal("true", Event::kTrue);
    case 'f':
      return Literal("false", Event::kFalse);
    default:
      return Number();
  }
}

Event Scanner::Literal(std::string_view literal, Event event) {
  if (!std::string_view(at_, static_cast<size_t>(end_ - at_)).starts_with(literal)) return Fail();
  at_ += literal.size();
  state_ = State::kAfterValue;
  return event;
}

// RFC 8259, section 6.
Event Scanner::Number() {
  const char* const start = at_;
  if (IsNext('-')) ++at_;
  if (IsNext('0')) {
    ++at_;
  } else if (!Digits()) {
    return Fail();
  }
  if (IsNext('.')) {
    ++at_;
    if (!Digits()) return Fail();
  }
  if (IsNext('e') || IsNext('E')) {
    ++at_;
    if (IsNext('+') || IsNext('-')) ++at_;
    if (!Digits()) return Fail();
  }
  text_ = {start, static_cast<size_t>(at_ - start)};
  state_ = State::kAfterValue;
  return Event::kNumber;
}

Event Scanner::Open(bool object) {
  ++at_;
  open_.push_back(object);
  state_ = object ? State::kFirstName : State::kFirstElement;
  return object ? Event::kBeginObject : Event::kBeginArray;
}

Event Scanner::Close() {
  ++at_;
  const bool object = open_.back();
  open_.pop_back();
  state_ = State::kAfterValue;
  return object ? Event::kEndObject : Event::kEndArray;
}

// Reads one digit or more.
bool Scanner::Digits() {
  const char* const start = at_;
  while (at_ != end_ && IsDigit(*at_)) ++at_;
  return at_ != start;
}

bool Scanner::String() {
  if (!IsNext('"')) return false;
  const char* const start = ++at_;
  bool ascii = true;
  while (at_ != end_ && *at_ != '"') {
    const auto byte = static_cast<uint8_t>(*at_);
    if (byte < 0x20) return false;
    if (byte == '\\') {
      if (!Escape()) return false;
      continue;
    }
    ascii = ascii && byte < 0x80;
    ++at_;
  }
  if (at_ == end_) return false;
  text_ = {start, static_cast<size_t>(at_ - start)};
  ++at_;
  return ascii || IsUtf8(text_);
}

bool Scanner::Escape() {
  const std::string_view rest(at_, static_cast<size_t>(end_ - at_));
  if (rest.size() < 2) return false;
  if (rest[1] != 'u') {
    at_ += 2;
    return std::string_view("\"\\/bfnrt").find(rest[1]) != std::string_view::npos;
  }
  const int unit = HexQuad(rest.substr(2));
  if (unit < 0 || IsLowSurrogate(unit)) return false;
  at_ += 6;
  if (!IsHighSurrogate(unit)) return true;
  const std::string_view second = rest.substr(6);
  if (!second.starts_with("\\u") || !IsLowSurrogate(HexQuad(second.substr(2)))) return false;
  at_ += 6;
  return true;
}

void AppendUnescaped(std::string_view escaped, std::string& text) {
  for (size_t at = escaped.find('\\'); at != std::string_view::npos; at = escaped.find('\\')) {
    text += escaped.substr(0, at);
    const char kind = escaped[at + 1];
    escaped.remove_prefix(at + 2);
    if (kind != 'u') {
      constexpr std::string_view kKinds = "bfnrt";
      constexpr std::string_view kBytes = "\b\f\n\r\t";
      const size_t place = kKinds.find(kind);
      text += place == std::string_view::npos ? kind : kBytes[place];
      continue;
    }
    auto code_point = static_cast<uint32_t>(HexQuad(escaped));
    escaped.remove_prefix(4);
    if (IsHighSurrogate(static_cast<int>(code_point))) {
      const auto low = static_cast<uint32_t>(HexQuad(escaped.substr(2)));
      code_point = 0x10000 + ((code_point - 0xD800) << 10) + (low - 0xDC00);
      escaped.remove_prefix(6);
    }
    AppendUtf8(code_point, text);
  }
  text += escaped;
}

}  // namespace matinee::json
