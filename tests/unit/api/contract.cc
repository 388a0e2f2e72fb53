#include "tests/unit/api/contract.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "base/ids.h"
#include "base/strings.h"
#include "base/time_format.h"

namespace matinee::api {
namespace {

using nlohmann::json;

constexpr const char* kMethods[] = {"get", "post", "put", "patch", "delete", "head"};

json FromScalar(const YAML::Node& node) {
  const std::string text = node.Scalar();
  if (node.Tag() == "!") return text;  // Quoted.
  if (text == "null" || text == "~") return nullptr;
  if (text == "true" || text == "false") return text == "true";
  if (const auto whole = ParseInt(text)) return *whole;
  if (const auto number = ParseDouble(text)) return *number;
  return text;
}

json FromYaml(const YAML::Node& node) {
  if (node.IsMap()) {
    json object = json::object();
    for (const auto& entry : node) object[entry.first.Scalar()] = FromYaml(entry.second);
    return object;
  }
  if (node.IsSequence()) {
    json array = json::array();
    for (const auto& item : node) array.push_back(FromYaml(item));
    return array;
  }
  return node.IsScalar() ? FromScalar(node) : json(nullptr);
}

bool IsOfType(const json& value, const std::string& type) {
  if (type == "integer") return value.is_number_integer();
  return type == "number" ? value.is_number() : type == value.type_name();
}

bool HasFormat(const json& value, const std::string& format) {
  if (!value.is_string()) return true;
  const auto& text = value.get_ref<const std::string&>();
  if (format == "uuid") return IsUuid(text);
  if (format == "date-time") return ParseTime(text).has_value();
  return true;
}

std::string UpperCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

}  // namespace

Contract::Contract()
    : document_(FromYaml(YAML::LoadFile(std::string(MATINEE_SOURCE_DIR) + "/api/openapi.yaml"))) {}

std::set<std::string> Contract::Operations() const {
  std::set<std::string> operations;
  for (const auto& [path, item] : document_.at("paths").items()) {
    if (path == "/api/openapi.json" || path == "/api/docs" || path == "/api/events") continue;
    for (const char* method : kMethods) {
      if (item.contains(method)) operations.insert(UpperCase(method) + " " + path);
    }
  }
  return operations;
}

std::set<std::string> Contract::FieldsOf(const std::string& schema) const {
  std::set<std::string> fields;
  for (const auto& [name, field] :
       document_.at("components").at("schemas").at(schema).at("properties").items()) {
    fields.insert(name);
  }
  return fields;
}

std::string Contract::Violations(const std::string& schema, const json& value) const {
  std::string violations;
  Check(document_.at("components").at("schemas").at(schema), value, schema, violations);
  return violations;
}

std::string Contract::AnswerViolations(const std::string& operation, int status,
                                       const std::string& content_type,
                                       const std::string& body) const {
  const size_t space = operation.find(' ');
  const json& paths = document_.at("paths");
  const std::string path = operation.substr(space + 1);
  const std::string method = ToLower(operation.substr(0, space));
  if (!paths.contains(path) || !paths.at(path).contains(method)) {
    return operation + " is not in the contract\n";
  }
  const json& responses = paths.at(path).at(method).at("responses");
  const std::string code = std::to_string(status);
  const bool listed = responses.contains(code);
  if (!listed && status < 400) return operation + " does not list status " + code + "\n";
  const json& response = Resolve(responses.at(listed ? code : "default"));
  if (!response.contains("content")) return body.empty() ? "" : operation + " has no body\n";
  const json& content = response.at("content");
  const std::string any = content_type.substr(0, content_type.find('/')) + "/*";
  if (content.contains(any)) return "";
  if (!content.contains(content_type)) {
    return operation + " " + code + " is not " + content_type + "\n";
  }
  if (!content_type.ends_with("json")) return "";
  const json value = json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) return operation + " " + code + " is not JSON: " + body + "\n";
  std::string violations;
  Check(content.at(content_type).at("schema"), value, operation + " " + code, violations);
  return violations;
}

const json& Contract::Resolve(const json& node) const {
  if (!node.is_object() || !node.contains("$ref")) return node;
  const auto reference = node.at("$ref").get<std::string>();
  return Resolve(document_.at(json::json_pointer(reference.substr(1))));
}

void Contract::Check(const json& unresolved, const json& value, const std::string& where,
                     std::string& violations) const {
  const json& schema = Resolve(unresolved);
  const auto violation = [&](const std::string& what) {
    violations += where + " " + what + ": " + value.dump() + "\n";
  };
  if (schema.contains("type")) {
    const json& types = schema.at("type");
    const json list = types.is_array() ? types : json::array({types});
    const bool fits = std::any_of(list.begin(), list.end(), [&value](const json& type) {
      return IsOfType(value, type.get<std::string>());
    });
    if (!fits) return violation("is not of type " + types.dump());
  }
  if (schema.contains("enum")) {
    const json& values = schema.at("enum");
    if (std::find(values.begin(), values.end(), value) == values.end()) {
      violation("is not one of " + values.dump());
    }
  }
  if (schema.contains("const") && value != schema.at("const")) violation("is not the constant");
  if (schema.contains("format") && !HasFormat(value, schema.at("format").get<std::string>())) {
    violation("is not a " + schema.at("format").get<std::string>());
  }
  if (value.is_number()) {
    const double number = value.get<double>();
    if (schema.contains("minimum") && number < schema.at("minimum").get<double>()) {
      violation("is too small");
    }
    if (schema.contains("maximum") && number > schema.at("maximum").get<double>()) {
      violation("is too large");
    }
  }
  if (value.is_array() && schema.contains("items")) {
    for (size_t i = 0; i < value.size(); ++i) {
      Check(schema.at("items"), value.at(i), where + "[" + std::to_string(i) + "]", violations);
    }
  }
  if (value.is_object() && schema.contains("properties")) {
    CheckObject(schema, value, where, violations);
  }
}

void Contract::CheckObject(const json& schema, const json& value, const std::string& where,
                           std::string& violations) const {
  const json& properties = schema.at("properties");
  for (const auto& [name, field] : value.items()) {
    if (properties.contains(name)) {
      Check(properties.at(name), field, where + "." + name, violations);
    } else {
      violations += where + " has the unknown field " + name + "\n";
    }
  }
  for (const json& name : schema.value("required", json::array())) {
    if (!value.contains(name)) violations += where + " lacks " + name.get<std::string>() + "\n";
  }
}

}  // namespace matinee::api
