import Corpus
import Foundation
import Testing

@Suite struct GitIgnoreTests {
    static let patterns = [
        "foo", "/foo", "foo/", "foo/bar", "/foo/bar", "foo/*", "*.md", "*.m?", "f*o", "*", "?", "foo*/bar", "**/foo",
        "**/foo/bar", "foo/**", "foo/**/bar", "**/bar/*", "a**b", "a/**b", "**foo", "foo**", "**", "/**", "**/",
        "a/**/",
        "a/**/**/b", "[ab]", "[a-c]x", "[!a-c]x", "[^a-c]x", "[]x]y", "[a-]x", "[-a]x", "[a-c-e]x", "[[:alpha:]]x",
        "[[:digit:][:upper:]]x", "[[:nope:]]x", "[abc", "[a/b]x", "x[!/]y", "foo[/]bar", "\\#hash", #"\!bang"#, "#foo",
        "!foo", #"tr\ "#, "tr ", "end\\", #"\f\o\o"#, #"[\]]x"#, #"[a\-z]x"#, "a?b/c", "a/?/b", "*/foo", "*/*/bar",
        "foo/*/bar", ".md", "é*", "?", "??", "日?", " lead", "foo/ ", "//foo", "foo//", "***/foo", "a/***", "{a,b}",
        "(a)", "a+", "*a*a*a*b", "a*/*b", "*.tar.gz", "[[:space:]]x", "[A-z]x", "[z-a]x", "[[]x", "[[:alpha]x", "foo\t",
    ]

    static let paths = [
        "foo", "foo/bar", "foo/baz/bar", "foo/a/b/bar", "bar", "bar/foo", "bar/foo/bar", "x.md", "d/x.md", "x.mx", "fo",
        "fooo", "afoo", "foobar", "a", "b", "ab", "aXb", "a/b", "a/xb", "a/x/b", "a/x/y/b", "a/b/c", "ax", "bx", "cx",
        "dx",
        "ex", "-x", "]y", "xy", "x/y", "]x", "\\x", "[x", "Ax", "1x", " x", "zx", "^x", "#hash", "!bang", "tr", "tr ",
        "end", "end\\", "aXb/c", "a/b/c/d", "é1", "日本", "日本語", " lead", "d/ lead", "{a,b}", "(a)", "a+", "aaab",
        "xaxaxab", "a/1b", "f.tar.gz", "x:", "[abc", "foo\t", "d/e/f/foo/g/bar", "é", "foo[bar",
    ]

    /// Every pattern against every path, as git itself answers.
    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/git"), "git is not installed"))
    func singlePatternsAsInGit() throws {
        let folder = try TemporaryFolder()
        guard try folder.run("/usr/bin/git", ["init", "-q"]) != nil else { return }
        for pattern in Self.patterns {
            try folder.write(".gitignore", pattern + "\n")
            try compare(GitIgnore().adding(patterns: pattern), pattern: pattern, in: folder)
        }
    }

    @Test(
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/git"), "git is not installed"),
        arguments: [
            "*\n!*.md\n!foo\n", "foo\n!foo/bar\n", "/*\n!/foo\n/foo/*\n!/foo/bar\n", "*.md\r\n!x.md\r\n",
            "\u{FEFF}foo\nbar", "# comment\n\n   \nfoo\n!foo\nfoo\n", "a\n!a\n\\!bang\n", "*/\n!foo/\n", "!*\n*b",
        ])
    func filesAsInGit(text: String) throws {
        let folder = try TemporaryFolder([".gitignore": text])
        guard try folder.run("/usr/bin/git", ["init", "-q"]) != nil else { return }
        try compare(GitIgnore().adding(fileIn: folder.path), pattern: text, in: folder)
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/git"), "git is not installed"))
    func nestedFilesAsInGit() throws {
        let folder = try TemporaryFolder([
            ".gitignore": "*.md\nfoo\n", "foo/.gitignore": "!*\n", "bar/.gitignore": "!foo\n/b*\n",
            "a/.gitignore": "x/\n!x.md\n", "d/.gitignore": "!x.md\nlead\n",
        ])
        guard try folder.run("/usr/bin/git", ["init", "-q"]) != nil else { return }
        let ignore = ["", "bar", "a", "d"].reduce(GitIgnore()) { ignore, name in
            ignore.adding(fileIn: name.isEmpty ? folder.path : "\(folder.path)/\(name)", below: name)
        }
        try compare(ignore, pattern: "nested", in: folder)
    }

    private func compare(_ ignore: GitIgnore, pattern: String, in folder: TemporaryFolder) throws {
        let input = Self.paths.joined(separator: "\0") + "\0"
        // Git takes a path that does not exist for a file, and the folders on its way for folders.
        let output = try folder.run("/usr/bin/git", ["check-ignore", "--no-index", "--stdin", "-z"], input: input)
        let theirs = Set(try #require(output).split(separator: "\0").map(String.init))
        let ours = Set(Self.paths.filter { ignored($0, ignore) })
        #expect(ours == theirs.intersection(Self.paths), "pattern \(pattern): \(ours.symmetricDifference(theirs))")
    }

    /// Whether a path or a folder that it lies in is ignored, as a walk from the root would find.
    private func ignored(_ path: String, _ ignore: GitIgnore) -> Bool {
        let names = path.split(separator: "/")
        return names.indices.contains { index in
            let isFolder = index < names.count - 1
            return ignore.ignores(path: names[...index].joined(separator: "/"), isFolder: isFolder)
        }
    }

    @Test func foldersOnly() {
        let ignore = GitIgnore().adding(patterns: "build/\n")
        #expect(ignore.ignores(path: "build", isFolder: true))
        #expect(!ignore.ignores(path: "build", isFolder: false))
        #expect(ignore.ignores(path: "a/build", isFolder: true))
    }

    @Test func repositoryAbove() throws {
        let folder = try TemporaryFolder([
            ".git/HEAD": "", ".git/info/exclude": "secret.md\nkept.md\n", ".gitignore": "docs/build/\n!kept.md\n",
            "docs/.gitignore": "*.tmp.md\n", "docs/guide/a.md": "",
        ])
        let ignore = GitIgnore.above(folder: folder.path + "/docs/guide")
        #expect(ignore.ignores(path: "secret.md", isFolder: false))
        #expect(!ignore.ignores(path: "kept.md", isFolder: false))
        #expect(ignore.ignores(path: "x/y.tmp.md", isFolder: false))
        #expect(!ignore.ignores(path: "build", isFolder: true))
        #expect(GitIgnore.above(folder: folder.path + "/docs").ignores(path: "build", isFolder: true))
    }

    /// Would take years in a matcher that tries one way after the other.
    @Test func patternsMadeToBeSlow() {
        let pattern = String(repeating: "*a", count: 60) + "b"
        let ignore = GitIgnore().adding(patterns: pattern + "\n" + String(repeating: "**/", count: 60) + "zz")
        #expect(!ignore.ignores(path: String(repeating: "a", count: 2_000), isFolder: false))
        #expect(!ignore.ignores(path: Array(repeating: "a", count: 500).joined(separator: "/"), isFolder: false))
    }
}
