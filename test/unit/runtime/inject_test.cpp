// SPDX-License-Identifier: Apache-2.0
// Injection files: what is read, how lines are chosen, changed and found again.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/inject/injection_files.h"

// The fuzzer's entry point, so that its corpus is replayed here.
extern "C" int csv_fuzz_one_input(const uint8_t* data, size_t size);

namespace gsp::rt {
namespace {

class TempFile {
public:
    explicit TempFile(std::string_view bytes, std::string path = testing::TempDir() + "gsp_inject_XXXXXX")
        : path_(std::move(path)) {
        const int fd = path_.ends_with("XXXXXX") ? mkstemp(path_.data()) : open(path_.c_str(), O_CREAT | O_RDWR, 0600);
        EXPECT_GE(fd, 0);
        EXPECT_EQ(write(fd, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
        close(fd);
    }
    ~TempFile() { unlink(path_.c_str()); }
    TempFile(const TempFile&) = delete;
    TempFile& operator=(const TempFile&) = delete;
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

// Over bytes that outlive it.
std::shared_ptr<const InjectionFile> file_of(std::string_view bytes, size_t max_starts = InjectionFile::kMaxStarts) {
    auto file = InjectionFile::from_bytes("users.csv", bytes, max_starts);
    if (!file) {
        ADD_FAILURE() << file.error().text;
        std::abort();
    }
    return std::make_shared<const InjectionFile>(std::move(*file));
}

std::string put(const InjectionLines& lines, int64_t line, uint32_t n, FieldState expected = FieldState::Found) {
    char buffer[4096];
    FieldState state;
    LineHint hint;
    char* end = lines.put_field(line, n, buffer, std::end(buffer), state, hint);
    EXPECT_EQ(state, expected) << "line " << line << " field " << n;
    return end ? std::string(buffer, end) : "does not fit";
}

std::vector<std::string> all_lines(const InjectionFile& file) {
    std::vector<std::string> lines;
    LineHint hint;
    for (uint32_t i = 0; i < file.n_lines(); ++i) lines.emplace_back(file.line(i, hint));
    return lines;
}

// ---- what is read --------------------

struct LinesRow {
    const char* name;
    std::string_view bytes;
    std::vector<std::string> expected;
};

class ReadsLines : public testing::TestWithParam<LinesRow> {};

TEST_P(ReadsLines, FromMemoryFileAndPipe) {
    const auto& [name, bytes, expected] = GetParam();
    EXPECT_EQ(all_lines(*file_of(bytes)), expected);

    const TempFile on_disk(bytes);
    auto file = InjectionFile::open(on_disk.path());
    ASSERT_TRUE(file.ok()) << file.error().text;
    EXPECT_EQ(all_lines(*file), expected);

    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    ASSERT_EQ(write(ends[1], bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    close(ends[1]);
    auto piped = InjectionFile::open("/dev/fd/" + std::to_string(ends[0]));
    close(ends[0]);
    ASSERT_TRUE(piped.ok()) << piped.error().text;
    EXPECT_EQ(all_lines(*piped), expected);
}

INSTANTIATE_TEST_SUITE_P(
    Injection, ReadsLines,
    testing::Values(LinesRow{"Plain", "SEQUENTIAL\na;b\nc;d\n", {"a;b", "c;d"}},
                    LinesRow{"NoFinalLineEnd", "SEQUENTIAL\na;b\nc;d", {"a;b", "c;d"}},
                    LinesRow{"Crlf", "SEQUENTIAL\r\na;b\r\nc;d\r\n", {"a;b", "c;d"}},
                    LinesRow{"CrAtTheEnd", "SEQUENTIAL\na\nb\r", {"a", "b"}},
                    LinesRow{"CrInside", "SEQUENTIAL\na\rb\r\r\n", {"a\rb\r"}},
                    LinesRow{"Comments", "SEQUENTIAL\n# x\na\n#\n# y\nb\n #c\n# z\n", {"a", "b", " #c"}},
                    LinesRow{"EmptyLineEnds", "SEQUENTIAL\na\n\nb\n", {"a"}},
                    LinesRow{"EmptyCrlfLineEnds", "SEQUENTIAL\r\na\r\n\r\nb\r\n", {"a"}},
                    LinesRow{"BlanksAreFields", "SEQUENTIAL\n \n;\n", {" ", ";"}},
                    LinesRow{"ByteOrderMark", "\xef\xbb\xbfSEQUENTIAL\na\n", {"a"}}),
    [](const auto& row) { return row.param.name; });

TEST(InjectionFile, LinesLongerThanTheBufferAndEmptyFile) {
    const std::string longest(700'000, 'x'), text = "RANDOM\na\n" + longest + ";y\nb\n#" + longest + "\nc";
    const TempFile on_disk(text);
    auto file = InjectionFile::open(on_disk.path());
    ASSERT_TRUE(file.ok());
    EXPECT_EQ(all_lines(*file), (std::vector<std::string>{"a", longest + ";y", "b", "c"}));
    const TempFile empty("");
    EXPECT_EQ(InjectionFile::open(empty.path()).error().text,
              empty.path() + ":1: the first line must name SEQUENTIAL, RANDOM or USER");
}

TEST(InjectionFile, ManyLinesAreFoundInAnyOrder) {
    std::string text = "SEQUENTIAL\n";
    std::vector<std::string> expected;
    Rng rng(23);
    for (uint32_t i = 0; i < 200'000; ++i) {
        while (rng.below(7) == 0) text += "# comment " + std::to_string(i) + "\n";
        expected.push_back("user" + std::to_string(i) + ";" + std::string(rng.below(30), 'p'));
        text += expected.back() + (rng.below(2) ? "\r\n" : "\n");
    }
    const TempFile on_disk(text);
    auto mapped = InjectionFile::open(on_disk.path());
    ASSERT_TRUE(mapped.ok());
    const auto sparse = file_of(text, 64);  // the stride becomes 4,096
    for (const InjectionFile* file : {static_cast<const InjectionFile*>(&*mapped), sparse.get()}) {
        ASSERT_EQ(file->n_lines(), expected.size());
        EXPECT_EQ(all_lines(*file), expected);
        LineHint hint;
        for (int k = 0; k < 5'000; ++k) {
            const uint32_t near = hint.line + static_cast<uint32_t>(rng.below(5));
            const uint32_t i =
                rng.below(4) && near < expected.size() ? near : static_cast<uint32_t>(rng.below(expected.size()));
            ASSERT_EQ(file->line(i, hint), expected[i]) << i;
        }
    }
}

TEST(InjectionFile, FirstLineNamesTheOrder) {
    const std::pair<const char*, LineOrder> rows[] = {{"SEQUENTIAL", LineOrder::Sequential},
                                                      {"RANDOM", LineOrder::Random},
                                                      {"USER", LineOrder::User},
                                                      {"USERS", LineOrder::User},
                                                      {"# SEQUENTIAL", LineOrder::Sequential},
                                                      {"USER,SEQUENTIAL,RANDOM", LineOrder::Random},
                                                      {"USER,SEQUENTIAL", LineOrder::Sequential}};
    for (const auto& [first, order] : rows) {
        const std::string text = std::string(first) + "\na\n";
        EXPECT_EQ(file_of(text)->order(), order) << first;
    }
}

TEST(InjectionFile, ErrorsNameFileAndLine) {
    const std::pair<std::string_view, std::string_view> rows[] = {
        {"", ":1: the first line must name SEQUENTIAL, RANDOM or USER"},
        {"alice;secret\n", ":1: the first line must name SEQUENTIAL, RANDOM or USER"},
        {"sequential\na\n", ":1: the first line must name SEQUENTIAL, RANDOM or USER"},
        {"SEQUENTIAL", ":1: no line of fields"},
        {"SEQUENTIAL\n#\n\na\n", ":3: no line of fields"},
        {"SEQUENTIAL,PRINTF\na\n", ":1: PRINTF=, with the number of lines, is missing"},
        {"SEQUENTIAL,PRINTFOFFSET=5\na\n", ":1: PRINTF=, with the number of lines, is missing"},
        {"SEQUENTIAL,PRINTF=0\na\n", ":1: PRINTF needs a number from 1 to 4294967294"},
        {"SEQUENTIAL,PRINTF=-1\na\n", ":1: PRINTF needs a number from 1 to 4294967294"},
        {"SEQUENTIAL,PRINTF=4294967295\na\n", ":1: PRINTF needs a number from 1 to 4294967294"},
        {"SEQUENTIAL,PRINTF=\na\n", ":1: PRINTF needs a number followed by a comma or nothing"},
        {"SEQUENTIAL,PRINTF=5x\na\n", ":1: PRINTF needs a number followed by a comma or nothing"},
        {"SEQUENTIAL,PRINTF=5,PRINTFOFFSET=a\na\n", ":1: PRINTFOFFSET needs a number followed by a comma or nothing"},
        {"SEQUENTIAL,PRINTF=5,PRINTFMULTIPLE=99999999999999999999\na\n",
         ":1: PRINTFMULTIPLE needs a number followed by a comma or nothing"},
        {"SEQUENTIAL,PRINTF=5,PRINTFMULTIPLE=0x7fffffffffffffff\na\n",
         ":1: the numbers of the last lines do not fit into 64 bits"},
        {"SEQUENTIAL,PRINTF=5\n#\na%d;%s\n",
         ":3: only `%d`, with 0, -, width and precision, and `%%` may stand in a PRINTF file"},
    };
    for (const auto& [text, error] : rows)
        EXPECT_EQ(InjectionFile::from_bytes("dir/users.csv", text).error().text, "dir/users.csv" + std::string(error))
            << text;
    const auto missing = InjectionFile::open("/nonexistent/users.csv");
    EXPECT_EQ(missing.error().text, "cannot open /nonexistent/users.csv: No such file or directory");
    EXPECT_EQ(missing.error().system_code, ENOENT);
    EXPECT_EQ(InjectionFile::open("/").error().text, "cannot read /: Is a directory");
}

// ---- fields --------------------

TEST(InjectionLines, FieldsOfALine) {
    const InjectionLines lines(file_of("SEQUENTIAL\na;b;;d\n;\nonly\n"));
    const std::vector<std::vector<std::string>> expected = {{"a", "b", "", "d"}, {"", ""}, {"only"}};
    LineHint hint;
    for (uint32_t line = 0; line < expected.size(); ++line) {
        const uint32_t n = static_cast<uint32_t>(expected[line].size());
        for (uint32_t i = 0; i < n; ++i) {
            EXPECT_EQ(lines.field(line, i, hint).text, expected[line][i]);
            EXPECT_EQ(put(lines, line, i), expected[line][i]);
        }
        EXPECT_EQ(put(lines, line, n, FieldState::NoField), "");
        EXPECT_EQ(put(lines, line, n + 1, FieldState::NoField), "");
    }
    for (int64_t line : {int64_t{-1}, int64_t{3}, int64_t{InjectionLines::kNoLine}, INT64_MIN, INT64_MAX})
        EXPECT_EQ(put(lines, line, 0, FieldState::NoLine), "");
}

TEST(InjectionLines, AFieldThatDoesNotFitIsNotWritten) {
    const InjectionLines lines(file_of("SEQUENTIAL\nabcd;\n"));
    char buffer[] = "....";
    FieldState state;
    LineHint hint;
    EXPECT_EQ(lines.put_field(0, 0, buffer, buffer + 3, state, hint), nullptr);
    EXPECT_STREQ(buffer, "....");
    EXPECT_EQ(lines.put_field(0, 0, buffer, buffer + 4, state, hint), buffer + 4);
    EXPECT_STREQ(buffer, "abcd");
    EXPECT_EQ(lines.put_field(0, 1, buffer, buffer, state, hint), buffer);
}

TEST(PrintfFields, NumbersLookAsCWritesThem) {
    for (const char* format : {"%d", "%1d", "%5d", "%05d", "%-5d", "%-05d", "%0-5d", "%.3d", "%8.3d", "%08.3d",
                               "%-8.3d", "%.0d", "%5.d", "%.d", "%007d", "%100d", "%020.10d"}) {
        std::string wide(format);
        wide.insert(wide.size() - 1, "ll");
        ASSERT_TRUE(is_printf_text(format)) << format;
        for (long long value : {0LL, 1LL, -1LL, 42LL, -42LL, 12'345'678'901LL, INT64_MAX + 0LL, INT64_MIN + 0LL}) {
            char expected[200], written[200];
            const int size = std::snprintf(expected, sizeof expected, wide.c_str(), value);
            char* end = put_printf(format, value, written, std::end(written));
            ASSERT_NE(end, nullptr);
            EXPECT_EQ(std::string(written, end), expected) << format << " of " << value;
            for (int room = 0; room < size; ++room)
                EXPECT_EQ(put_printf(format, value, written, written + room), nullptr) << format << " in " << room;
        }
    }
}

TEST(PrintfFields, TextsAndPercentSigns) {
    const std::pair<const char*, const char*> rows[] = {{"", ""},         {"plain", "plain"},       {"%%", "%"},
                                                        {"%%d", "%d"},    {"a%db%03dc", "a7b007c"}, {"%d%%%d", "7%7"},
                                                        {"%%%%%d", "%%7"}};
    for (const auto& [text, expected] : rows) {
        ASSERT_TRUE(is_printf_text(text)) << text;
        char written[20];
        char* end = put_printf(text, 7, written, std::end(written));
        const std::string_view all(expected);
        EXPECT_EQ(std::string(written, end), all) << text;
        for (size_t room = 0; room < all.size(); ++room)
            EXPECT_EQ(put_printf(text, 7, written, written + room), nullptr);
    }
    for (const char* text :
         {"%", "%%%", "a%", "%s", "%5", "%;d", "% d", "%+d", "%ld", "%1000d", "%.1000d", "%5-d", "%.-5d", "%..d"})
        EXPECT_FALSE(is_printf_text(text)) << text;
}

TEST(PrintfFields, FewLinesStandForMany) {
    InjectionLines lines(
        file_of("SEQUENTIAL,PRINTF=5,PRINTFOFFSET=100,PRINTFMULTIPLE=10\r\nu%d;%%;x\r\n#\r\nv%04d\r\n"));
    EXPECT_EQ(lines.n_lines(), 5u);
    const char* expected[] = {"u100", "v0110", "u120", "v0130", "u140"};
    for (int64_t i = 0; i < 5; ++i) EXPECT_EQ(put(lines, i, 0), expected[i]);
    EXPECT_EQ(put(lines, 2, 1), "%");
    EXPECT_EQ(put(lines, 2, 3, FieldState::NoField), "");
    EXPECT_EQ(put(lines, 5, 0, FieldState::NoLine), "");
    EXPECT_EQ(put(lines, -1, 0, FieldState::NoLine), "");
    Rng rng(1);
    for (uint32_t i : {0u, 1u, 2u, 3u, 4u, 0u}) EXPECT_EQ(lines.choose(0, rng), i);

    EXPECT_FALSE(lines.can_change());
    EXPECT_EQ(lines.insert("x"), InjectionLines::kNoLine);
    EXPECT_FALSE(lines.replace(0, "x"));
    EXPECT_EQ(lines.build_index(0, 1).error().text, "cannot index users.csv: it is a PRINTF file");
    EXPECT_EQ(lines.lookup("u100"), -1);
}

TEST(PrintfFields, OptionsInAnyOrderWithAnyBase) {
    const std::pair<const char*, const char*> rows[] = {
        {"USER,PRINTF=3", "2"},
        {"PRINTF=3,USER", "2"},
        {"SEQUENTIAL,PRINTFMULTIPLE=2,PRINTFOFFSET=-10,PRINTF=3", "-6"},
        {"SEQUENTIAL,PRINTF=0x3,PRINTFOFFSET=010", "10"},
        {"SEQUENTIAL,PRINTF=3,PRINTFOFFSET=49301234567890", "49301234567892"},
        {"SEQUENTIAL,PRINTF=3,PRINTFMULTIPLE=-1", "-2"}};
    for (const auto& [first, expected] : rows) {
        const std::string text = std::string(first) + "\n%d\n";
        const InjectionLines lines(file_of(text));
        EXPECT_EQ(lines.n_lines(), 3u);
        EXPECT_EQ(put(lines, 2, 0), expected) << first;
    }
}

// ---- which line --------------------

TEST(LineOrder, SequentialWrapsRoundAndTakesNewLinesInTurn) {
    InjectionLines lines(file_of("SEQUENTIAL\na\nb\n"));
    Rng rng(1);
    for (uint32_t i : {0u, 1u, 0u}) EXPECT_EQ(lines.choose(9, rng), i);
    EXPECT_EQ(lines.insert("c"), 2u);
    for (uint32_t i : {1u, 2u, 0u, 1u}) EXPECT_EQ(lines.choose(0, rng), i);
}

TEST(LineOrder, RandomTakesEveryLineAndFollowsTheSeed) {
    InjectionLines lines(file_of("RANDOM\na\nb\n"));
    lines.insert("c");
    Rng rng(1), same(1);
    std::map<uint32_t, int> taken;
    for (int i = 0; i < 3000; ++i) {
        const uint32_t line = lines.choose(0, rng);
        EXPECT_EQ(line, lines.choose(0, same));
        ++taken[line];
    }
    EXPECT_EQ(taken.size(), 3u);
    for (const auto& [line, n] : taken) {
        EXPECT_LT(line, 3u);
        EXPECT_NEAR(n, 1000, 150);
    }
}

TEST(LineOrder, UserHasItsLine) {
    InjectionLines lines(file_of("USER\na\nb\n"));
    Rng rng(1);
    EXPECT_EQ(lines.choose(1, rng), 0u);
    EXPECT_EQ(lines.choose(2, rng), 1u);
    EXPECT_EQ(lines.choose(0, rng), InjectionLines::kNoLine);
    EXPECT_EQ(lines.choose(3, rng), InjectionLines::kNoLine);
    EXPECT_EQ(put(lines, lines.choose(0, rng), 0, FieldState::NoLine), "");
    lines.insert("c");
    EXPECT_EQ(lines.choose(3, rng), 2u);
}

// ---- insert, replace, lookup --------------------

TEST(InjectionLines, ChangesStayInMemory) {
    const TempFile on_disk("SEQUENTIAL\na;1\nb;2\n");
    auto opened = InjectionFile::open(on_disk.path());
    ASSERT_TRUE(opened.ok());
    const auto file = std::make_shared<const InjectionFile>(std::move(*opened));
    InjectionLines lines(file), others(file);
    EXPECT_EQ(lines.insert("c;3"), 2u);
    EXPECT_EQ(lines.insert(""), 3u);
    EXPECT_TRUE(lines.replace(0, "A;1;x"));
    EXPECT_TRUE(lines.replace(2, "C"));
    EXPECT_TRUE(lines.replace(1, ""));
    EXPECT_EQ(lines.n_lines(), 4u);
    EXPECT_EQ(put(lines, 0, 2), "x");
    EXPECT_EQ(put(lines, 1, 0), "");
    EXPECT_EQ(put(lines, 1, 1, FieldState::NoField), "");
    EXPECT_EQ(put(lines, 2, 0), "C");
    EXPECT_EQ(put(lines, 3, 0), "");
    LineHint hint;
    EXPECT_TRUE(lines.replace(0, lines.field(0, 2, hint).text));  // a part of itself
    EXPECT_EQ(put(lines, 0, 0), "x");
    for (int64_t line : {-1, 4}) EXPECT_FALSE(lines.replace(line, "x"));
    const std::string too_long(StringPool::kMaxBlock + 1, 'x');
    EXPECT_EQ(lines.insert(too_long), InjectionLines::kNoLine);
    EXPECT_FALSE(lines.replace(0, too_long));

    EXPECT_EQ(others.n_lines(), 2u);
    EXPECT_EQ(put(others, 0, 0), "a");
    std::ifstream again(on_disk.path());
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(again), {}), "SEQUENTIAL\na;1\nb;2\n");
}

TEST(InjectionLines, LookupFindsTheLastOfEqualKeys) {
    InjectionLines lines(file_of("SEQUENTIAL\na;x\nb;y\na;z\nc\n"));
    EXPECT_FALSE(lines.has_index());
    EXPECT_EQ(lines.lookup("a"), -1);
    ASSERT_TRUE(lines.build_index(0, 5).ok());
    EXPECT_TRUE(lines.has_index());
    EXPECT_EQ(lines.lookup("a"), 2);
    EXPECT_EQ(lines.lookup("b"), 1);
    EXPECT_EQ(lines.lookup("c"), 3);
    EXPECT_EQ(lines.lookup("x"), -1);
    EXPECT_EQ(lines.lookup(""), -1);
    ASSERT_TRUE(lines.build_index(1, 5).ok());
    EXPECT_EQ(lines.lookup("a"), -1);
    EXPECT_EQ(lines.lookup("z"), 2);
    EXPECT_EQ(lines.lookup(""), 3) << "a line without the field has an empty key";
}

TEST(InjectionLines, IndexFollowsChanges) {
    InjectionLines lines(file_of("SEQUENTIAL\na\nb\na\n"));
    ASSERT_TRUE(lines.build_index(0, 5).ok());
    lines.insert("b");
    EXPECT_EQ(lines.lookup("b"), 3);
    lines.replace(1, "d");  // line 3 answers for b
    EXPECT_EQ(lines.lookup("b"), 3);
    EXPECT_EQ(lines.lookup("d"), 1);
    lines.replace(2, "e");  // as in SIPp, the first a does not come back
    EXPECT_EQ(lines.lookup("a"), -1);
    lines.replace(0, "e");
    EXPECT_EQ(lines.lookup("e"), 0);
    lines.replace(0, "e;again");
    EXPECT_EQ(lines.lookup("e"), 0);
    ASSERT_TRUE(lines.build_index(0, 6).ok());  // of what is in memory
    EXPECT_EQ(lines.lookup("d"), 1);
    EXPECT_EQ(lines.lookup("e"), 2);
    EXPECT_EQ(lines.lookup("b"), 3);
}

TEST(InjectionLines, ManyChangesBehaveLikeAMap) {
    std::string text = "SEQUENTIAL\n";
    std::vector<std::string> keys;
    std::map<std::string, int64_t> index;
    Rng rng(29);
    auto new_key = [&] { return "k" + std::to_string(rng.below(3000)); };
    for (uint32_t i = 0; i < 5000; ++i) {
        keys.push_back(new_key());
        index[keys.back()] = i;
        text += "x;" + keys.back() + ";y\n";
    }
    InjectionLines lines(file_of(text, 64));
    ASSERT_TRUE(lines.build_index(1, 7).ok());
    for (uint32_t step = 0; step < 20'000; ++step) {
        const std::string key = new_key(), line = "x;" + key;
        if (rng.below(3)) {
            const uint32_t i = static_cast<uint32_t>(rng.below(keys.size()));
            if (auto old = index.find(keys[i]); old != index.end() && old->second == i) index.erase(old);
            ASSERT_TRUE(lines.replace(i, line));
            keys[i] = key;
            index[key] = i;
        } else {
            ASSERT_EQ(lines.insert(line), keys.size());
            index[key] = static_cast<int64_t>(keys.size());
            keys.push_back(key);
        }
    }
    LineHint hint;
    for (uint32_t i = 0; i < keys.size(); ++i) ASSERT_EQ(lines.field(i, 1, hint).text, keys[i]) << i;
    for (uint32_t i = 0; i < 3000; ++i) {
        const std::string key = "k" + std::to_string(i);
        const auto found = index.find(key);
        ASSERT_EQ(lines.lookup(key), found == index.end() ? -1 : found->second) << key;
    }
}

// ---- the files of a run --------------------

class InjectionFilesTest : public testing::Test {
protected:
    InjectionFilesTest() : folder_(testing::TempDir() + "gsp_inject_" + std::to_string(getpid()) + "/") {
        std::filesystem::create_directories(folder_ + "other");
    }
    ~InjectionFilesTest() override { std::filesystem::remove_all(folder_); }

    std::string folder_;
};

TEST_F(InjectionFilesTest, KnownByBaseNameInOrder) {
    const TempFile rx("SEQUENTIAL\nr\n", folder_ + "rx.csv"), a("SEQUENTIAL\na0\na1\n", folder_ + "a.csv"),
        b("USER\nb0\n", folder_ + "other/b.csv"), twin("RANDOM\nx\n", folder_ + "other/a.csv");
    InjectionFiles files;
    EXPECT_EQ(files.default_file(), InjectionFiles::kNoFile);
    ASSERT_TRUE(files.add(rx.path(), false).ok());
    EXPECT_EQ(files.default_file(), InjectionFiles::kNoFile);
    ASSERT_TRUE(files.add(a.path()).ok());
    ASSERT_TRUE(files.add(b.path()).ok());
    EXPECT_EQ(files.default_file(), 1u);
    EXPECT_EQ(files.size(), 3u);
    EXPECT_EQ(files.find("rx.csv"), 0u);
    EXPECT_EQ(files.find("b.csv"), 2u);
    EXPECT_EQ(files.find("other/b.csv"), InjectionFiles::kNoFile);
    EXPECT_EQ(files.add(twin.path()).error().text,
              "injection files " + a.path() + " and " + twin.path() + " have the same base name");
    EXPECT_FALSE(files.add(folder_ + "missing.csv").ok());
    EXPECT_EQ(files.size(), 3u);

    EXPECT_EQ(files.build_index("c.csv", 0, 1).error().text, "no injection file has the base name c.csv");
    ASSERT_TRUE(files.build_index("a.csv", 0, 1).ok());
    EXPECT_EQ(files[1].lookup("a1"), 1);

    Rng rng(1);
    std::vector<uint32_t> chosen(3);
    EXPECT_EQ(files.choose_lines(chosen, 1, rng), nullptr);
    EXPECT_EQ(chosen, (std::vector<uint32_t>{0, 0, 0}));
    EXPECT_EQ(files.choose_lines(chosen, 0, rng), nullptr);
    EXPECT_EQ(chosen, (std::vector<uint32_t>{0, 1, InjectionLines::kNoLine}));
    EXPECT_EQ(files.choose_lines(chosen, 2, rng), &files[2]);
}

TEST(CsvFuzz, SeedsAndTheirBeginnings) {
    size_t n = 0;
    for (const auto& entry : std::filesystem::directory_iterator(GSP_CSV_CORPUS)) {
        SCOPED_TRACE(entry.path().filename().string());
        std::ifstream stream(entry.path(), std::ios::binary);
        const std::string seed(std::istreambuf_iterator<char>(stream), {});
        for (size_t size = 0; size <= seed.size(); ++size)
            csv_fuzz_one_input(reinterpret_cast<const uint8_t*>(seed.data()), size);
        ++n;
    }
    EXPECT_GE(n, 12u);
}

}  // namespace
}  // namespace gsp::rt
