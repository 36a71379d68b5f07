import BERT
import HTTP
import PassageIndex
import Ranking
import Search

extension HTTPError {
    /// What a client is told of a failure; paths of the server's disk are left to its log.
    init(_ error: IndexError, index: String) {
        let (status, code): (HTTPStatus, String) =
            switch error.kind {
            case .missing: (.notFound, "no_such_index")
            case .exists: (.conflict, "index_exists")
            case .damaged: (.internalServerError, "index_damaged")
            case .mismatch: (.serviceUnavailable, "model_mismatch")
            case .locked: (.serviceUnavailable, "index_locked")
            case .busy: (.serviceUnavailable, "too_busy")
            case .io: (HTTPStatus(507), "io_error")
            case .invalid: (.badRequest, "invalid_request")
            }
        self.init(status, code: code, message: "index \(index.debugDescription): \(error.message)")
        if error.kind == .locked || error.kind == .busy { headers.set("Retry-After", "1") }
    }

    /// Runs what answers a request for an index, with its errors in the shape that clients understand.
    static func translating<Result>(index: String, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as IndexError {
            throw HTTPError(error, index: index)
        } catch let error as SearchError {
            throw HTTPError(.badRequest, code: error.code, message: error.description)
        } catch let error as RankingError {
            throw HTTPError(.serviceUnavailable, code: "model_unavailable", message: error.description)
        } catch let error as CheckpointError {
            throw HTTPError(.serviceUnavailable, code: "model_unavailable", message: error.description)
        } catch let error as EncoderError where error == .notFinite {
            throw HTTPError(.internalServerError, code: "model_unavailable", message: error.description)
        }
    }
}

extension SearchError {
    /// The machine-readable word for the REST interface.
    var code: String {
        switch kind {
        case .invalid: "invalid_request"
        case .unavailable: "stage_unavailable"
        case .cancelled: "cancelled"
        }
    }
}
