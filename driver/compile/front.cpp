// SPDX-License-Identifier: Apache-2.0
#include "driver/compile/front.h"

#include <cerrno>
#include <cstring>

#include "driver/builtin.h"
#include "frontend/parse.h"
#include "ir/lower.h"
#include "runtime/media_file.h"

namespace gsp::driver {

std::unique_ptr<SourceFile> read_scenario(const ScenarioSource& source, std::string& error) {
    if (source.builtin) {
        const BuiltinScenario* scenario = find_builtin(source.name);
        if (!scenario) {
            error = unknown_builtin_text(source.name);
            return nullptr;
        }
        return std::make_unique<SourceFile>(source.name + ".xml", std::string(scenario->xml));
    }
    std::optional<SourceFile> file = SourceFile::read(source.name);
    if (!file) {
        error = "cannot read '" + source.name + "': " + std::strerror(errno);
        return nullptr;
    }
    return std::make_unique<SourceFile>(std::move(*file));
}

namespace {

void look_for_media(const ir::Program& program, Diag& diag) {
    for (const ir::MediaFile& file : program.media_files)
        if (!file.name.empty() && rt::find_media_file(program.source, file.name).empty())
            diag.emit(D::MissingMediaFile, file.range, {file.name, std::strerror(errno)});
    for (const ir::MediaValue& media : program.media_values)
        if (const auto checked = rt::check_media_value(media.exec, media.value); !checked)
            diag.emit(D::BadMediaValue, media.range, {checked.error().text});
}

}  // namespace

FrontResult compile_front(std::unique_ptr<SourceFile> file, const FrontOptions& options) {
    FrontResult result;
    result.file = std::move(file);
    result.diag = std::make_unique<Diag>(*result.file, options.diag);
    result.scenario = parse_scenario(*result.file, *result.diag, {options.user_keys, options.read_include});
    if (result.scenario && options.compat) check_compat(*result.scenario, *options.compat, *result.diag);
    if (result.scenario && result.scenario->complete)
        result.program = ir::lower(*result.scenario, *result.file, *result.diag, options.lower);
    if (result.program && options.look_for_media) look_for_media(*result.program, *result.diag);
    if (!result.diag->ok()) result.program.reset();
    return result;
}

}  // namespace gsp::driver
