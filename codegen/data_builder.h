// SPDX-License-Identifier: Apache-2.0
// Constant data of a program: C structs laid out as bytes on the host, with a list of where pointers stand in them. It
// becomes one LLVM constant, because thousands of small ones take longer to make than the code. Internal to codegen/.
#pragma once
#include <llvm/IR/Module.h>

#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "runtime/abi/gsp_abi.h"

namespace gsp::codegen {

// Where a pointer leads.
struct Target {
    llvm::Constant* base = nullptr;  // null: the data it stands in
    size_t offset = 0;
};

class DataBuilder {
public:
    size_t reserve(size_t size);  // zeros, aligned to 8; returns their offset
    void write(size_t at, const void* bytes, size_t size) {
        if (size) std::memcpy(bytes_.data() + at, bytes, size);  // an empty list has no bytes to point at
    }
    template <class Number>
    size_t numbers(const std::vector<Number>& list) {
        size_t at = reserve(list.size() * sizeof(Number));
        write(at, list.data(), list.size() * sizeof(Number));
        return at;
    }
    size_t text(std::string_view);  // NUL-terminated; equal texts are stored once
    void point(size_t at, Target to) { pointers_.push_back({at, to}); }
    llvm::GlobalVariable* finish(llvm::Module&, const char* name, llvm::GlobalValue::LinkageTypes);

private:
    struct Pointer {
        size_t at;
        Target to;
    };
    std::string bytes_;
    std::vector<Pointer> pointers_;
    std::map<std::string, size_t, std::less<>> texts_;
};

// Rows of one table, until done() puts them into the data. A reference to a row is valid until the next add().
template <class Row>
class Table {
public:
    explicit Table(DataBuilder& data) : data_(data) {}
    Row& add() {  // all zero, its padding too, so that equal programs have equal bytes
        return *static_cast<Row*>(std::memset(static_cast<void*>(&rows_.emplace_back()), 0, sizeof(Row)));
    }
    Row& add(const Row& row) {
        static_assert(std::has_unique_object_representations_v<Row>, "padding of a copy may hold anything");
        return rows_.emplace_back(row);
    }
    void point(const void* member, Target to) {
        pointers_.push_back(
            {static_cast<size_t>(static_cast<const char*>(member) - reinterpret_cast<const char*>(rows_.data())), to});
    }
    void text(gsp_text& member, std::string_view text) {
        member.len = static_cast<uint32_t>(text.size());
        if (!text.empty()) point(&member.ptr, {nullptr, data_.text(text)});
    }
    uint32_t size() const { return static_cast<uint32_t>(rows_.size()); }
    void numbers(const void* member, const std::vector<uint32_t>& list) {
        if (!list.empty()) point(member, {nullptr, data_.numbers(list)});
    }
    // Puts the rows into the data and makes `member`, a pointer in a row of `owner`, lead to them.
    template <class Owner>
    void done(Table<Owner>& owner, const void* member) {
        if (!rows_.empty()) owner.point(member, {nullptr, done()});
    }
    size_t done() {
        size_t at = data_.reserve(rows_.size() * sizeof(Row));
        done_at(at);
        return at;
    }
    void done_at(size_t reserved) {
        data_.write(reserved, rows_.data(), rows_.size() * sizeof(Row));
        for (const auto& [offset, to] : pointers_) data_.point(reserved + offset, to);
    }

private:
    DataBuilder& data_;
    std::vector<Row> rows_;
    std::vector<std::pair<size_t, Target>> pointers_;
};

}  // namespace gsp::codegen
