import ArgumentParser
import Corpus
import Foundation
import Server

/// `passerine keys`: makes, lists and revokes the keys that clients of the server need.
struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Make, list and revoke the keys that clients of the server need.",
        discussion: "A running server takes changes at SIGHUP.",
        subcommands: [Create.self, List.self, Revoke.self])

    /// Where the keys are.
    struct FileOption: ParsableArguments {
        @Option(help: "Configuration file (default: config/passerine.yaml where there is one).") var config: String?
        @Option(help: ArgumentHelp("Keys file (default: server.keys, else config/keys.json).", valueName: "file"))
        var keys: String?

        func file() throws -> AccessKeyFile {
            try keys.map { AccessKeyFile(path: $0) } ?? Configuration(file: config).server.keyFile
        }
    }

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create", abstract: "Make a key and print it, this once.")

        @OptionGroup var location: FileOption
        @Option(help: "What the key is called in logs (default: its role and a number).") var name: String?
        @Option(help: "search, write (passages too) or admin (indexes too).") var role: AccessRole = .search
        @Option(help: "Index that it is good for, may be repeated (default: all).") var index: [String] = []
        @Option(help: "Requests a second (default: no limit).") var rate: Double?
        @Option(help: "Requests at once, with --rate (default: a second's worth).") var burst: Int?

        func validate() throws {
            if burst != nil, rate == nil { throw ValidationError("--burst goes with --rate") }
            if let rate, !(0.001...1_000_000).contains(rate) {
                throw ValidationError("--rate must be 0.001 to 1000000, not \(rate)")
            }
        }

        func run() throws {
            let file = try location.file()
            let taken = file.exists ? Set(try file.read().keys.map(\.name)) : []
            let free = (1...).lazy.map { "\(role.rawValue)-\($0)" }.first { !taken.contains($0) }
            let name = name ?? free ?? role.rawValue
            let secret = try file.add(
                name: name, role: role, indexes: index.isEmpty ? nil : index,
                rate: rate.map { AccessKey.Rate(perSecond: $0, burst: burst) })
            print(secret.text)
            Terminal.write(
                "key \(name) is in \(file.path); the line above is its secret, which is stored nowhere.\n"
                    + "Clients send it as `Authorization: Bearer …`. A running server takes it at SIGHUP.\n")
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List the keys, without secrets.")

        @OptionGroup var location: FileOption
        @Flag(help: "A JSON object a line.") var json = false

        func run() throws {
            let file = try location.file()
            guard file.exists || location.keys != nil else {
                Terminal.write("there are no keys: \(file.path) does not exist\n")
                return
            }
            for key in try file.read().keys {
                if json {
                    JSONOutput.writeLine([
                        "name": .string(key.name), "role": .string(key.role.rawValue), "created": .string(key.created),
                        "indexes": key.indexes.map { .array($0.map { .string($0) }) } ?? .null,
                        "rate": key.rate.map { .number($0.perSecond) } ?? .null,
                        "burst": key.rate.map { .integer(Int64($0.burst)) } ?? .null,
                    ])
                } else {
                    let scope = key.indexes?.joined(separator: ",") ?? "all indexes"
                    let rate = key.rate.map { "\($0.perSecond)/s, \($0.burst) at once" } ?? "no limit"
                    let columns = [key.name, key.role.rawValue, scope, rate, Terminal.safe(key.created)]
                    print(columns.joined(separator: "\t"))
                }
            }
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke", abstract: "Take a key out; a running server forgets it at SIGHUP.")

        @OptionGroup var location: FileOption
        @Argument(help: "The key's name.") var name: String

        func run() throws {
            let file = try location.file()
            try file.remove(name: name)
            Terminal.write("key \(name) is out of \(file.path); a running server forgets it at SIGHUP\n")
        }
    }
}

extension AccessRole: ExpressibleByArgument {}
