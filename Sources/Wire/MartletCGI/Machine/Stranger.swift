import NIOCore

/// Who speaks something else to a listener of uwsgi or SCGI, by its first four bytes: nearly always by a setting that is one
/// word wrong.
enum Stranger {
    case http
    case tls

    private static let methods = ["GET ", "HEAD", "POST", "PUT ", "DELE", "OPTI", "PATC", "CONN", "TRAC", "PRI "]

    init?(_ input: ByteBuffer) {
        guard let first = input.getBytes(at: input.readerIndex, length: 4) else { return nil }
        // A handshake record, version 3.
        if first[0] == 22, first[1] == 3 {
            self = .tls
        } else if Self.methods.contains(where: { first.elementsEqual($0.utf8) }) {
            self = .http
        } else {
            return nil
        }
    }

    func fault(_ own: CGIProtocol) -> CGIFault {
        switch self {
        case .http: .speaksHTTP(own)
        case .tls: .speaksTLS(own)
        }
    }
}
