// api/openapi.yaml, to hold answers against: as much of OpenAPI 3.1 as that file uses.
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace matinee::api {

class Contract {
 public:
  Contract();

  // "GET /api/captures/{id}", ... without what the web server in front answers by itself.
  [[nodiscard]] std::set<std::string> Operations() const;

  // What is wrong with a value of this schema (of components/schemas), a line each; empty if
  // nothing. A field that the schema does not name is wrong too.
  [[nodiscard]] std::string WhyNot(const std::string& schema, const nlohmann::json& value) const;

  // What is wrong with an answer to this operation ("GET /api/captures/{id}"): its status, its
  // media type, its body.
  [[nodiscard]] std::string WhyNotAnswer(const std::string& operation, int status,
                                         const std::string& content_type,
                                         const std::string& body) const;

  [[nodiscard]] std::set<std::string> FieldsOf(const std::string& schema) const;

 private:
  [[nodiscard]] const nlohmann::json& Resolve(const nlohmann::json& node) const;
  void Check(const nlohmann::json& schema, const nlohmann::json& value, const std::string& where,
             std::string& wrong) const;
  void CheckObject(const nlohmann::json& schema, const nlohmann::json& value,
                   const std::string& where, std::string& wrong) const;

  nlohmann::json document_;
};

}  // namespace matinee::api
