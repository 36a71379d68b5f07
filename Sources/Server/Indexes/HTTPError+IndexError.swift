import BERT
import HTTP
import JSON
import LinearAlgebra
import PassageIndex
import Ranking
import Search

extension HTTPError {
    /// What a client is told of a failure; paths of the server's disk are left to its log.
    ///
    /// - Parameter index: which it is about, `nil` for all of them.
    package init(_ error: IndexError, index: String?) {
        let (status, code): (HTTPStatus, String) =
            switch error.kind {
            case .missing: (.notFound, "no_such_index")
            case .exists: (.conflict, "index_exists")
            case .damaged: (.internalServerError, "index_damaged")
            case .mismatch: (.serviceUnavailable, "model_mismatch")
            case .locked: (.serviceUnavailable, "index_locked")
            case .busy, .replaced: (.serviceUnavailable, "too_busy")
            case .failed: (.internalServerError, "internal_error")
            case .io: (HTTPStatus(507), "io_error")
            case .invalid: (.badRequest, "invalid_request")
            }
        let words = Self.withoutPaths(error.message)
        self.init(status, code: code, message: index.map { "index \($0.debugDescription): \(words)" } ?? words)
        switch error.kind {
        case .locked, .busy, .replaced: headers.set("Retry-After", "1")
        default: break
        }
    }

    /// Words for a client: where a path of the server's disk stands, an ellipsis.
    ///
    /// Paths of requests begin with a slash too; those of files have another behind that, or a dot.
    static func withoutPaths(_ words: String) -> String {
        words.parts(between: " ", omittingEmptySubsequences: false).map { word in
            let opening = word.prefix { "(\"'`=:,;".utf8.contains($0.utf8.first ?? 0) }
            let rest = word.dropFirst(opening.count)
            guard rest.begins(with: "/"), !rest.begins(with: "/v1/"), rest.utf8.count > 1 else { return String(word) }
            let closing = rest.reversed().prefix { ")\"'`:,;.".utf8.contains($0.utf8.first ?? 0) }
            return opening + "…" + String(closing.reversed())
        }.joined(separator: " ")
    }

    /// Runs what answers a request for an index, with its errors in the shape that clients understand.
    ///
    /// - Parameter kept: errors of this kind are thrown as they are, for whoever tries again.
    static func translating<Result>(
        index: String?, retrying kept: IndexError.Kind? = nil, _ body: () throws -> Result
    ) throws -> Result {
        do {
            return try body()
        } catch let error as IndexError where error.kind == kept {
            throw error
        } catch let error as IndexError {
            throw HTTPError(error, index: index)
        } catch is Cancellation.Cancelled {
            throw HTTPError(
                .gatewayTimeout, code: "deadline_passed", message: "The request took longer than its deadline allows.")
        } catch let error as SearchError where error.kind == .tooLarge {
            throw AnswerBudget.tooLarge(error.description)
        } catch let error as SearchError {
            throw HTTPError(.badRequest, code: error.code, message: error.description)
        } catch let error as RankingError {
            throw modelUnavailable(error)
        } catch let error as CheckpointError {
            throw modelUnavailable(error)
        } catch let error as EncoderError where error == .notFinite {
            throw HTTPError(.internalServerError, code: "model_unavailable", message: error.description)
        }
    }
}

extension HTTPError {
    fileprivate static func modelUnavailable(_ error: any Error) -> HTTPError {
        HTTPError(.serviceUnavailable, code: "model_unavailable", message: withoutPaths("\(error)"))
    }
}

extension SearchError {
    /// The machine-readable word for the REST interface.
    var code: String {
        switch kind {
        case .invalid: "invalid_request"
        case .unavailable: "stage_unavailable"
        case .tooLarge: "response_too_large"
        case .cancelled: "cancelled"
        }
    }
}
