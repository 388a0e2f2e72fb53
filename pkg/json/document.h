// Reads the fields of a JSON text that the caller names, within bounds. Everything else is read
// past and costs no memory, and a list is handed over element by element, so that it may be far
// longer than what is kept of it.
//
//   constexpr std::array<std::string_view, 2> kNames = {"id", "title"};
//   TRY_ASSIGN(const json::Document document, json::Parse(text, {.names = kNames}));
//   const std::optional<std::string_view> title = document.root()["title"].string();
//
// All JSON that others write is read here: media servers' answers, request bodies, snapshots in
// Redis, FFprobe's output. Errors are kMalformed, with a part of a sentence that begins with "is"
// or "has" ("is not JSON").
//
// Thread safety: functions are pure; a Document may be read from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace matinee::json {

// What is kept of a document, or of one element of a list.
struct Shape {
  // The members that are kept, wherever they are. The texts must outlive the document.
  std::span<const std::string_view> names;
  // Arrays and objects in each other; deeper ones are left out, or refused.
  size_t depth_max = 12;
  bool refuse_deeper = false;
  // More kept values, or more bytes of kept strings, are refused.
  size_t values_max = 10'000;
  size_t string_bytes_max = size_t{1} << 20;
};

class Document;

// A value of a document, which must outlive it, or nothing: a field that is missing. Reading it as
// another type than it has gives nothing.
class Value {
 public:
  class Iterator;

  Value() = default;

  [[nodiscard]] bool is_missing() const;
  [[nodiscard]] bool is_null() const;
  [[nodiscard]] bool is_array() const;
  [[nodiscard]] bool is_object() const;

  [[nodiscard]] std::optional<bool> boolean() const;
  [[nodiscard]] std::optional<int64_t> integer() const;  // Written without fraction or exponent.
  [[nodiscard]] std::optional<double> number() const;    // Any number.
  [[nodiscard]] std::optional<std::string_view> string() const;  // A part of the document.

  // The member of this name, one of Shape::names; the last one if there are several.
  [[nodiscard]] Value operator[](std::string_view name) const;
  // The name of this member; "" for an element of an array.
  [[nodiscard]] std::string_view name() const;

  // The elements of an array or the kept members of an object; none of anything else.
  [[nodiscard]] Iterator begin() const;
  [[nodiscard]] Iterator end() const;

 private:
  friend class Document;
  Value(const Document* document, size_t index) : document_(document), index_(index) {}
  template <typename T>
  [[nodiscard]] const T* Get() const;

  const Document* document_ = nullptr;
  size_t index_ = 0;
};

class Document {
 public:
  [[nodiscard]] Value root() const;

 private:
  friend class Value;
  friend class Builder;

  struct Slice {  // Of strings_.
    size_t begin = 0;
    size_t size = 0;
  };
  struct Array {};
  struct Object {};
  using Data = std::variant<std::monostate, bool, int64_t, double, Slice, Array, Object>;

  // In the order of the text: the descendants of a node follow it.
  struct Node {
    Data data;
    size_t name = 0;  // In names_; kNoName for an element.
    size_t end = 0;   // The index after its last descendant.
  };

  std::span<const std::string_view> names_;
  std::vector<Node> nodes_;
  std::string strings_;
};

class Value::Iterator {
 public:
  explicit Iterator(Value value) : value_(value) {}
  Value operator*() const { return value_; }
  Iterator& operator++();
  bool operator==(const Iterator& other) const { return value_.index_ == other.value_.index_; }

 private:
  Value value_;
};

// Reads a text that is one value.
Result<Document> Parse(std::string_view text, const Shape& shape);

// Where the list of a text is.
struct ListAt {
  bool root = true;         // The text is the list.
  std::string_view member;  // The text is an object with the list in this member; "" if not.
};

struct ListEnd {
  bool found = false;     // There was a list.
  bool stopped = false;   // The visitor did not want more.
  size_t bytes_read = 0;  // Of the text.
};

// Calls `visit` with each element of the text's list, as it is read; the value is valid during the
// call. It ends when `visit` returns false; what follows is then not even looked at. `shape` bounds
// each element. Text that is JSON without the list is not an error.
Result<ListEnd> ForEach(std::string_view text, const ListAt& list, const Shape& shape,
                        const std::function<bool(Value)>& visit);

}  // namespace matinee::json
