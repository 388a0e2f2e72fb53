// Splits a JSON text (RFC 8259) into events, one at a time. It copies and allocates nothing but one
// bit for each open array or object, and looks at each byte once, so hostile text costs what its
// length says. document.h is the way to read fields; this is below it.
//
// It is strict: the whole text is one value, in UTF-8 without NUL; a byte order mark before it is
// skipped. Numbers may be of any size.
//
// Why it is ours: the library that writes our JSON keeps the text between two strings or numbers
// while it parses, which is all of [{},{},…], and its callbacks are not linear.
//
// Thread safety: one thread at a time.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace matinee::json {

enum class Event {
  kNull,
  kTrue,
  kFalse,
  kNumber,
  kString,
  kName,  // Of an object's member; the events of its value follow.
  kBeginArray,
  kEndArray,
  kBeginObject,
  kEndObject,
  kEnd,    // Of the text.
  kError,  // The text is not JSON.
};

class Scanner {
 public:
  // `text` must outlive the scanner.
  explicit Scanner(std::string_view text);

  // Returns the next event. After kEnd or kError it returns the same again.
  Event Next();

  // Reads past the rest of the value that began with `event`. Returns false if it is not JSON.
  bool Skip(Event event);

  // The last number as it stands in the text, or what is between the quotes of the last string or
  // name: escaped, see AppendUnescaped. A part of the constructor's text.
  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] size_t bytes_read() const { return static_cast<size_t>(at_ - begin_); }

 private:
  enum class State { kValue, kFirstElement, kFirstName, kName, kAfterValue, kEnd, kError };

  [[nodiscard]] bool IsNext(char c) const { return at_ != end_ && *at_ == c; }
  void SkipSpace();
  Event Fail();
  Event Name();
  Event Value();
  Event Literal(std::string_view literal, Event event);
  Event Number();
  Event Open(bool object);
  Event Close();
  bool Digits();
  bool String();
  bool Escape();

  const char* begin_;
  const char* at_;
  const char* end_;
  State state_ = State::kValue;
  std::vector<bool> open_;  // True for an object, false for an array.
  std::string_view text_;
};

// Appends the text of a string or name of the scanner, with its escapes resolved.
void AppendUnescaped(std::string_view escaped, std::string& text);

}  // namespace matinee::json
