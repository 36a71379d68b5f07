import Foundation

/// The person or program at the other end of standard output and error.
enum Terminal {
    static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
    static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Columns of the terminal, 80 where there is none.
    static var width: Int {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 20 else { return 80 }
        return Int(size.ws_col)
    }

    /// Writes to standard error.
    static func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }

    /// Reports a failure on standard error.
    static func complain(_ message: String) { write("passerine: \(message)\n") }

    /// Text from outside with its control characters made visible, so that it cannot steer the terminal.
    static func safe(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control where scalar != "\n": " "
                    case .format where scalar.value >= 0x202A && scalar.value <= 0x2069: " "
                    default: scalar
                    }
                }))
    }
}
