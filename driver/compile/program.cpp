// SPDX-License-Identifier: Apache-2.0
#include "driver/compile/program.h"

#include <unistd.h>

#include <cstdio>
#include <vector>

#include "driver/compile/cache.h"
#include "driver/compile/codegen_library.h"

namespace gsp::driver {

namespace {

void complain(const std::string& text) {
    std::fprintf(stderr, "gossipper: error: %s\n", text.c_str());
}

void show(const std::string& diagnostics) {
    std::fwrite(diagnostics.data(), 1, diagnostics.size(), stderr);
}

std::string options_text(const ProgramOptions& options) {
    std::string text =
        "O" + std::to_string(options.opt_level) + (options.front.diag.warnings_are_errors ? " Werror" : "");
    if (options.front.compat) text += " compat " + std::to_string(static_cast<int>(*options.front.compat));
    text += " twin " + std::to_string(static_cast<int>(options.front.lower.twin));
    const auto add_names = [&text](const char* what, const std::vector<std::string>& names) {
        for (const std::string& name : names) text += what + std::to_string(name.size()) + ":" + name;
    };
    add_names(" key ", options.front.user_keys);
    add_names(" peer ", options.front.lower.peers);
    if (options.front.lower.files) add_names(" inf ", *options.front.lower.files);
    for (const std::string& id : options.front.diag.suppressed) text += " Wno " + id;
    return text;
}

std::vector<CacheInclude> included_files(const FrontResult& front) {
    std::vector<CacheInclude> files;
    for (const ast::Include& include : front.scenario->includes)
        files.emplace_back(include.path,
                           include.bytes ? std::optional(front.file->text(*include.bytes)) : std::nullopt);
    return files;
}

std::unique_ptr<CompiledProgram> load_shared(const std::string& path) {
    auto program = rt::SharedProgram::load(path);
    if (program) return std::make_unique<CompiledProgram>(std::move(*program));
    complain(program.error().text);
    return nullptr;
}

std::unique_ptr<codegen::JitProgram> compile_now(const codegen::Api& api, const ir::Program& program,
                                                 const ProgramOptions& options) {
    std::vector<codegen::Symbol> symbols;
    for (const rt::AbiFunction& f : rt::abi_functions()) symbols.push_back({f.name, f.address});
    codegen::Options codegen_options;
    codegen_options.opt_level = options.opt_level;
    codegen::JitResult result = api.jit(program, symbols, codegen_options);
    if (!result.program) complain(result.error);
    return std::move(result.program);
}

}  // namespace

CompiledProgram::~CompiledProgram() {
    finish_cache();
}

void CompiledProgram::finish_cache() {
    if (cache_writer_.joinable()) cache_writer_.join();
}

std::unique_ptr<CompiledProgram> compile_program(const ScenarioSource& source, const ProgramOptions& options) {
    if (!source.builtin && source.name.ends_with(".so")) return load_shared(source.name);

    std::string error;
    std::unique_ptr<SourceFile> file = read_scenario(source, error);
    if (!file) {
        complain(error);
        return nullptr;
    }
    const CompileCache cache;
    std::string key;
    if (options.use_cache) {
        key = CompileCache::key({file->text(), file->name(), options_text(options), build_identity()});
        if (CompileCache::Hit hit = cache.load(key); hit.program) {
            show(hit.warnings);
            return std::make_unique<CompiledProgram>(std::move(hit.program));
        }
    }
    const FrontResult front = compile_front(std::move(file), options.front);
    show(render_text(*front.diag, isatty(STDERR_FILENO) != 0));
    if (!front.program) return nullptr;
    const codegen::Api* api = open_codegen(error);
    if (!api) {
        complain(error);
        return nullptr;
    }
    std::unique_ptr<codegen::JitProgram> jit = compile_now(*api, *front.program, options);
    if (!jit) return nullptr;
    auto compiled = std::make_unique<CompiledProgram>(std::move(jit));
    if (!options.use_cache) {
        release_codegen_memory();
        return compiled;
    }
    // The run starts at once; the shared object is linked beside it.
    compiled->cache_writer_ =
        std::thread([cache, key, api, &jit_program = *compiled->jit_, includes = included_files(front),
                     warnings = render_text(*front.diag, false)] {
            cache.store(key, includes, warnings,
                        [&](const std::string& path) { return api->link_shared(jit_program.object(), path); });
            release_codegen_memory();
        });
    return compiled;
}

}  // namespace gsp::driver
