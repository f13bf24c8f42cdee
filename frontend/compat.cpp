// SPDX-License-Identifier: Apache-2.0
#include "frontend/compat.h"

#include <algorithm>
#include <cstring>

namespace gsp {
namespace {

constexpr std::string_view kNames[] = {"sipp-3.6", "sipp-3.7", "latest"};

enum class What : uint8_t { Element, Keyword, Attribute, Value };
enum class Since : uint8_t { Sipp37, Own };

struct Feature {
    What what;
    std::string_view name;
    Since since;
};
constexpr Feature kFeatures[] = {
#define FEATURE(what, name, since) {What::what, #name, Since::since},
#define MALFORMED(id, until)
#include "frontend/versions.def"
};

struct Repair {
    std::string_view id;
    Compat until;
};
constexpr Repair kRepairs[] = {
#define FEATURE(what, name, since)
#define MALFORMED(id, until) {#id, Compat::until},
#include "frontend/versions.def"
};

class Checker {
public:
    Checker(Compat compat, Diag& diag) : compat_(compat), diag_(diag) {}

    void element(const ast::Element& e) {
        const std::string name = e.spec->name;
        look(What::Element, name, e.name_range, "<" + name + ">");
        for (const ast::Attr& a : e.attrs) {
            look(What::Attribute, name + "." + a.name, a.name_range, "the attribute " + a.name);
            look(What::Value, name + "." + a.name + "=" + a.value, a.value_range, a.value);
            if (a.text) parts(a.text->parts);
        }
        if (e.message) parts(e.message->parts);
        for (const auto* children : {&e.actions, &e.children})
            for (const ast::Element& child : *children) element(child);
    }

private:
    void parts(const std::vector<ast::Part>& list) {
        for (const ast::Part& part : list) {
            if (!part.keyword) continue;
            look(What::Keyword, part.keyword->name, part.range, "[" + std::string(part.keyword->name) + "]");
            for (const ast::KeywordArg& arg : part.args) parts(arg.text);
        }
    }

    void look(What what, const std::string& name, SourceRange range, const std::string& shown) {
        for (const Feature& f : kFeatures) {
            const bool fits = f.what == what && (what == What::Value ? name.starts_with(f.name) : name == f.name);
            if (!fits || (f.since == Since::Sipp37 && compat_ != Compat::Sipp36)) continue;
            diag_.emit(D::NotInSipp, range,
                       {shown, f.since == Since::Own ? "no version of SIPp has it" : "SIPp has it only since 3.7"});
            return;
        }
    }

    Compat compat_;
    Diag& diag_;
};

}  // namespace

std::optional<Compat> find_compat(std::string_view name) {
    const auto found = std::find(std::begin(kNames), std::end(kNames), name);
    if (found == std::end(kNames)) return std::nullopt;
    return static_cast<Compat>(found - std::begin(kNames));
}

std::vector<std::string> refused_repairs(Compat compat) {
    std::vector<std::string> ids;
    for (const Repair& r : kRepairs)
        if (compat > r.until) ids.emplace_back(r.id);
    return ids;
}

void check_compat(const ast::Scenario& scenario, Compat compat, Diag& diag) {
    Checker checker(compat, diag);
    for (const ast::Element& e : scenario.children) checker.element(e);
}

}  // namespace gsp
