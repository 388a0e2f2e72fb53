// Validates answers against api/openapi.yaml. Supports the part of OpenAPI 3.1 that the file uses.
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace matinee::api {

class Contract {
 public:
  Contract();

  // Returns "GET /api/captures/{id}", …, without the operations of nginx and of the role live.
  [[nodiscard]] std::set<std::string> Operations() const;

  // Returns the violations of this schema (of components/schemas), one a line; "" if the value is
  // valid. An unknown field is a violation too.
  [[nodiscard]] std::string Violations(const std::string& schema,
                                       const nlohmann::json& value) const;

  // Returns the violations of an answer to this operation ("GET /api/captures/{id}"): in status,
  // media type and body.
  [[nodiscard]] std::string AnswerViolations(const std::string& operation, int status,
                                             const std::string& content_type,
                                             const std::string& body) const;

  [[nodiscard]] std::set<std::string> FieldsOf(const std::string& schema) const;

 private:
  [[nodiscard]] const nlohmann::json& Resolve(const nlohmann::json& node) const;
  void Check(const nlohmann::json& schema, const nlohmann::json& value, const std::string& where,
             std::string& violations) const;
  void CheckObject(const nlohmann::json& schema, const nlohmann::json& value,
                   const std::string& where, std::string& violations) const;

  nlohmann::json document_;
};

}  // namespace matinee::api
