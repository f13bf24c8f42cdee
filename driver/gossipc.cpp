// SPDX-License-Identifier: Apache-2.0
// gossipc: compiles a scenario file ahead of time, or shows what becomes of it on the way.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "driver/check/check.h"
#include "driver/cli/tool_options.h"
#include "driver/cli/values.h"
#include "driver/compile/codegen_library.h"
#include "driver/exit_code.h"
#include "ir/print.h"

namespace gsp::driver {

namespace {

struct EmitKind {
    Emit kind;
    const char* ending;
};

constexpr EmitKind kEndings[] = {{Emit::Shared, ".so"}, {Emit::Object, ".o"}, {Emit::Llvm, ".ll"},
                                 {Emit::Asm, ".s"},     {Emit::Ir, ".ir"},    {Emit::Ast, ".ast"}};

int fail(const std::string& text) {
    std::fprintf(stderr, "gossipc: error: %s\n", text.c_str());
    return kExitError;
}

Emit emit_kind(const ToolOptions& options) {
    if (options.emit) return *options.emit;
    for (const EmitKind& e : kEndings) {
        if (options.output.ends_with(e.ending)) return e.kind;
    }
    return Emit::Shared;
}

// Text forms go to standard output unless a file is named.
std::string output_name(const ToolOptions& options, Emit kind) {
    if (!options.output.empty()) return options.output;
    if (kind != Emit::Shared && kind != Emit::Object) return "-";
    return scenario_base_name(options.files[0]) + (kind == Emit::Shared ? ".so" : ".o");
}

int write_output(const std::string& name, const std::string& bytes) {
    if (name == "-") {
        const bool written =
            std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size() && std::fflush(stdout) == 0;
        return written ? kExitOk : fail(std::string("cannot write to standard output: ") + std::strerror(errno));
    }
    std::ofstream out(name, std::ios::binary);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.close();
    return out.good() ? kExitOk : fail("cannot write '" + name + "': " + std::strerror(errno));
}

int emit_shared(const codegen::Api& api, const std::string& object, const std::string& name) {
    if (name != "-") {
        const std::string error = api.link_shared(object, name);
        return error.empty() ? kExitOk : fail(error);
    }
    char path[] = "/tmp/gossipc.XXXXXX";  // the linker writes files only
    const int descriptor = mkstemp(path);
    if (descriptor < 0) return fail(std::string("no temporary file: ") + std::strerror(errno));
    close(descriptor);
    const std::string error = api.link_shared(object, path);
    std::ifstream in(path, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    unlink(path);
    return error.empty() ? write_output(name, bytes) : fail(error);
}

int emit_code(const ir::Program& program, const ToolOptions& options, Emit kind, const std::string& name) {
    std::string error;
    const codegen::Api* api = open_codegen(error);
    if (!api) return fail(error);
    codegen::Options codegen_options;
    codegen_options.opt_level = options.opt_level;
    codegen_options.native_cpu = options.native_cpu;
    codegen_options.debug_info = options.debug_info;
    const codegen::Emit form = kind == Emit::Llvm  ? codegen::Emit::Llvm
                               : kind == Emit::Asm ? codegen::Emit::Asm
                                                   : codegen::Emit::Object;
    const codegen::TextResult code = api->emit(program, form, codegen_options);
    if (!code.error.empty()) return fail(code.error);
    return kind == Emit::Shared ? emit_shared(*api, code.bytes, name) : write_output(name, code.bytes);
}

int compile_file(const ToolOptions& options) {
    std::string error;
    std::unique_ptr<SourceFile> file = read_scenario({options.files[0], false}, error);
    if (!file) return fail(error);
    const FrontResult front = compile_front(std::move(file), options.front);
    const std::string messages = render_text(*front.diag, isatty(STDERR_FILENO) != 0);
    std::fwrite(messages.data(), 1, messages.size(), stderr);
    const Emit kind = emit_kind(options);
    const std::string name = output_name(options, kind);
    if (kind == Emit::Ast && front.scenario) return write_output(name, ast::dump(*front.scenario, *front.file));
    if (!front.program) return kExitError;
    if (kind == Emit::Ir) return write_output(name, ir::print(*front.program));
    return emit_code(*front.program, options, kind, name);
}

int gossipc(std::span<const std::string> arguments) {
    ToolOptions options;
    const std::string error = parse_tool_options(Tool::Compile, arguments, options);
    if (!error.empty()) return fail(error);
    if (options.help || arguments.empty()) {
        std::fputs(tool_options_help(Tool::Compile).c_str(), stdout);
        return options.help ? kExitOk : kExitInfo;
    }
    if (options.version) {
        std::puts("gossipc v" GSP_VERSION);
        return kExitOk;
    }
    if (options.files.empty()) return fail("no scenario file given");
    if (options.check_only) return check_files(options);
    if (options.files.size() > 1)
        return fail("one scenario file only: '" + options.files[0] + "' and '" + options.files[1] + "' were given");
    return compile_file(options);
}

}  // namespace

}  // namespace gsp::driver

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    return gsp::driver::gossipc(arguments);
}
