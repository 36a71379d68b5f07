import ArgumentParser

/// The command line. Each subcommand is a file under `Commands/` and calls the library; there is no logic here.
@main
struct Passerine: ParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "passerine",
        abstract: "Passage search with neural ranking on an ordinary CPU.",
        version: version,
        subcommands: [
            IndexCommand.self, SearchCommand.self, ServeCommand.self, EvaluateCommand.self, TuneCommand.self,
            RerankCommand.self, InspectCommand.self, VerifyCommand.self, DeleteCommand.self, CompactCommand.self,
            BackupCommand.self, RestoreCommand.self, ReindexCommand.self, UpgradeCommand.self, ModelsCommand.self,
            KeysCommand.self, BenchCommand.self,
        ])

    /// Exit status: 0 done, 1 the work failed, 2 wrong usage.
    static func main() {
        do {
            var command = try parseAsRoot()
            do {
                try command.run()
            } catch let error as ValidationError {
                leave(error)
            } catch let code as ExitCode {
                exit(withError: code)
            } catch {
                // Help is a command of its own that "fails" with what it prints.
                if exitCode(for: error) == .success { leave(error) }
                Terminal.complain("\(error)")
                exit(withError: ExitCode(1))
            }
        } catch {
            leave(error)
        }
    }

    /// Help and version leave with 0, everything else that the parser objects to with 2.
    private static func leave(_ error: any Error) {
        let isRequested = exitCode(for: error) == .success
        let message = fullMessage(for: error)
        if isRequested { print(message) } else { Terminal.write(message + "\n") }
        exit(withError: ExitCode(isRequested ? 0 : 2))
    }
}
