// SPDX-License-Identifier: Apache-2.0
#include "driver/compile/codegen_library.h"

#include <dlfcn.h>
#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/library_path.h"

namespace gsp::driver {

namespace {

constexpr const char* kLibrary = "libgsp_codegen.so";

// Drops the resident pages of one loaded object's read-only segments; they are backed by its file.
int drop_pages(dl_phdr_info* object, size_t, void*) {
    const std::string_view name = object->dlpi_name;
    if (name.find("libLLVM") == name.npos && name.find(kLibrary) == name.npos) return 0;
    const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
    for (int i = 0; i < object->dlpi_phnum; ++i) {
        const ElfW(Phdr)& segment = object->dlpi_phdr[i];
        if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W)) continue;
        const uintptr_t begin = (object->dlpi_addr + segment.p_vaddr + page - 1) / page * page;
        const uintptr_t end = (object->dlpi_addr + segment.p_vaddr + segment.p_memsz) / page * page;
        if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
    }
    return 0;
}

std::string file_identity(const std::string& path) {
    struct stat info {};
    if (stat(path.c_str(), &info) != 0) return "-";
    return std::to_string(info.st_size) + "." + std::to_string(info.st_mtim.tv_sec) + "." +
           std::to_string(info.st_mtim.tv_nsec);
}

}  // namespace

const codegen::Api* open_codegen(std::string& error) {
    void* library = dlopen(rt::library_path(kLibrary).c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!library) {
        error = std::string("the compiler cannot be loaded: ") + dlerror();
        return nullptr;
    }
    const auto entry = reinterpret_cast<decltype(&codegen::gsp_codegen_api)>(dlsym(library, "gsp_codegen_api"));
    if (!entry) {
        error = std::string("the compiler cannot be used: ") + dlerror();
        return nullptr;
    }
    return entry();
}

void release_codegen_memory() {
    dl_iterate_phdr(drop_pages, nullptr);
    malloc_trim(0);
}

std::string build_identity() {
    return GSP_VERSION " " + file_identity("/proc/self/exe") + " " + file_identity(rt::library_path(kLibrary));
}

}  // namespace gsp::driver
