#include "json/document.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/strings.h"
#include "json/scanner.h"

namespace matinee::json {
namespace {

constexpr size_t kNoName = SIZE_MAX;
// An escaped name that is longer is not one of ours: each of its bytes can be written as \u00NN.
constexpr size_t kEscapedNameBytesMax = 6 * 64;

constexpr std::string_view kNotJson = "is not JSON";

// The place of a name, as it stands in the text, among `names`.
size_t PlaceOf(std::span<const std::string_view> names, std::string_view escaped) {
  std::string text;
  if (escaped.find('\\') != std::string_view::npos) {
    if (escaped.size() > kEscapedNameBytesMax) return kNoName;
    AppendUnescaped(escaped, text);
    escaped = text;
  }
  const auto found = std::find(names.begin(), names.end(), escaped);
  return found == names.end() ? kNoName : static_cast<size_t>(found - names.begin());
}

// Nothing if it is too large for a double. One that is too small is 0.
std::optional<double> Real(std::string_view text) {
  if (const auto value = ParseDouble(text)) return value;
  const size_t exponent = text.find_first_of("eE");
  const bool small = exponent != std::string_view::npos && text[exponent + 1] == '-';
  return small ? std::optional<double>(0) : std::nullopt;
}

}  // namespace

// Builds documents from the events of one text.
class Builder {
 public:
  Builder(std::string_view text, const Shape& shape) : scanner_(text), shape_(shape) {
    document_.names_ = shape.names;
  }

  // Reads the value that begins with `event` as a document, instead of the one before.
  bool Read(Event event) {
    document_.nodes_.clear();
    document_.strings_.clear();
    return Add(event, kNoName, 0);
  }

  // Calls `visit` with each element of the array that has begun.
  bool ReadElements(const std::function<bool(Value)>& visit, bool& stopped) {
    for (Event event = Next(); event != Event::kEndArray; event = Next()) {
      if (!Read(event)) return false;
      stopped = !visit(document_.root());
      if (stopped) return false;
    }
    return true;
  }

  bool ReadEnd() { return Next() == Event::kEnd || Refuse(kNotJson); }

  Event Next() { return scanner_.Next(); }
  bool Skip(Event event) { return scanner_.Skip(event) || Refuse(kNotJson); }
  [[nodiscard]] const Scanner& scanner() const { return scanner_; }
  [[nodiscard]] Error error() const { return {Code::kMalformed, std::string(error_)}; }
  Document Take() { return std::move(document_); }

 private:
  // Remembers why the text is refused. Returns false.
  bool Refuse(std::string_view why) {
    error_ = why;
    return false;
  }

  // `depth` counts the arrays and objects around the value. Recurses depth_max times at most.
  bool Add(Event event, size_t name, size_t depth) {
    switch (event) {
      case Event::kNull:
        return Push(std::monostate(), name);
      case Event::kTrue:
      case Event::kFalse:
        return Push(event == Event::kTrue, name);
      case Event::kNumber:
        return AddNumber(name);
      case Event::kString:
        return AddString(name);
      case Event::kBeginArray:
      case Event::kBeginObject:
        if (depth < shape_.depth_max) return AddChildren(event, name, depth);
        return shape_.refuse_deeper ? Refuse("is nested too deeply") : Skip(event);
      default:
        return Refuse(kNotJson);
    }
  }

  bool AddNumber(size_t name) {
    const std::string_view text = scanner_.text();
    if (text.find_first_of(".eE") == std::string_view::npos) {
      if (const auto whole = ParseInt(text)) return Push(*whole, name);
    }
    const auto real = Real(text);
    return real ? Push(*real, name) : Refuse("has a number that is too large");
  }

  bool AddString(size_t name) {
    const size_t begin = document_.strings_.size();
    // Escaped it is at most six times as long; the first look keeps a huge one from being copied.
    if (scanner_.text().size() > 6 * shape_.string_bytes_max) return RefuseStrings();
    AppendUnescaped(scanner_.text(), document_.strings_);
    if (document_.strings_.size() > shape_.string_bytes_max) return RefuseStrings();
    return Push(Document::Slice{begin, document_.strings_.size() - begin}, name);
  }

  bool RefuseStrings() { return Refuse("has too much text"); }

  bool AddChildren(Event event, size_t name, size_t depth) {
    const bool object = event == Event::kBeginObject;
    const size_t index = document_.nodes_.size();
    if (!Push(object ? Document::Data(Document::Object()) : Document::Array(), name)) return false;
    const Event last = object ? Event::kEndObject : Event::kEndArray;
    for (Event child = Next(); child != last; child = Next()) {
      size_t child_name = kNoName;
      if (object) {
        if (child != Event::kName) return Refuse(kNotJson);
        child_name = PlaceOf(shape_.names, scanner_.text());
        child = Next();
        if (child_name == kNoName) {
          if (!Skip(child)) return false;
          continue;
        }
      }
      if (!Add(child, child_name, depth + 1)) return false;
    }
    document_.nodes_[index].end = document_.nodes_.size();
    return true;
  }

  bool Push(Document::Data data, size_t name) {
    if (document_.nodes_.size() == shape_.values_max) return Refuse("has too many values");
    document_.nodes_.push_back({data, name, document_.nodes_.size() + 1});
    return true;
  }

  Scanner scanner_;
  const Shape& shape_;
  Document document_;
  std::string_view error_ = kNotJson;
};

bool Value::is_missing() const {
  return document_ == nullptr;
}

bool Value::is_null() const {
  return Get<std::monostate>() != nullptr;
}

bool Value::is_array() const {
  return Get<Document::Array>() != nullptr;
}

bool Value::is_object() const {
  return Get<Document::Object>() != nullptr;
}

std::optional<bool> Value::boolean() const {
  const bool* value = Get<bool>();
  return value == nullptr ? std::nullopt : std::optional(*value);
}

std::optional<int64_t> Value::integer() const {
  const int64_t* value = Get<int64_t>();
  return value == nullptr ? std::nullopt : std::optional(*value);
}

std::optional<double> Value::number() const {
  if (const auto whole = integer()) return static_cast<double>(*whole);
  const double* value = Get<double>();
  return value == nullptr ? std::nullopt : std::optional(*value);
}

std::optional<std::string_view> Value::string() const {
  const auto* slice = Get<Document::Slice>();
  if (slice == nullptr) return std::nullopt;
  return std::string_view(document_->strings_).substr(slice->begin, slice->size);
}

Value Value::operator[](std::string_view name) const {
  Value found;
  if (!is_object()) return found;
  for (const Value member : *this) {
    assert(PlaceOf(document_->names_, name) != kNoName && "the name is in Shape::names");
    if (member.name() == name) found = member;
  }
  return found;
}

std::string_view Value::name() const {
  if (is_missing()) return "";
  const size_t name = document_->nodes_[index_].name;
  return name == kNoName ? "" : document_->names_[name];
}

Value::Iterator Value::begin() const {
  return Iterator(is_array() || is_object() ? Value(document_, index_ + 1) : Value());
}

Value::Iterator Value::end() const {
  if (!is_array() && !is_object()) return Iterator(Value());
  return Iterator(Value(document_, document_->nodes_[index_].end));
}

template <typename T>
const T* Value::Get() const {
  return is_missing() ? nullptr : std::get_if<T>(&document_->nodes_[index_].data);
}

Value::Iterator& Value::Iterator::operator++() {
  value_.index_ = value_.document_->nodes_[value_.index_].end;
  return *this;
}

Value Document::root() const {
  return {this, 0};
}

Result<Document> Parse(std::string_view text, const Shape& shape) {
  Builder builder(text, shape);
  if (!builder.Read(builder.Next()) || !builder.ReadEnd()) return Fail(builder.error());
  return builder.Take();
}

Result<ListEnd> ForEach(std::string_view text, const ListAt& list, const Shape& shape,
                        const std::function<bool(Value)>& visit) {
  Builder builder(text, shape);
  ListEnd end;
  const auto read_list = [&] {
    end.found = true;
    return builder.ReadElements(visit, end.stopped);
  };
  const auto read_text = [&] {
    const Event first = builder.Next();
    if (first == Event::kBeginArray && list.root) return read_list() && builder.ReadEnd();
    if (first != Event::kBeginObject || list.member.empty()) {
      return builder.Skip(first) && builder.ReadEnd();
    }
    for (Event event = builder.Next(); event != Event::kEndObject; event = builder.Next()) {
      if (event != Event::kName) return builder.Skip(Event::kError);
      const bool wanted = PlaceOf({&list.member, 1}, builder.scanner().text()) != kNoName;
      const Event value = builder.Next();
      const bool go_on = wanted && value == Event::kBeginArray ? read_list() : builder.Skip(value);
      if (!go_on) return false;
    }
    return builder.ReadEnd();
  };
  if (!read_text() && !end.stopped) return Fail(builder.error());
  end.bytes_read = builder.scanner().bytes_read();
  return end;
}

}  // namespace matinee::json
