package import HTTPTypes
package import MartletGateway
package import MartletHTTP1

/// What is wrong with a request that came as variables: the status of the answer, and a sentence for the log.
package enum CGIFault: Error, Sendable, Hashable {
    /// What would be wrong in HTTP too: a field, the target, a length.
    case http(RequestFault)

    // Whoever speaks something else
    case speaksHTTP(CGIProtocol)
    case speaksTLS(CGIProtocol)

    // The packet
    case modifier(UInt8)
    case brokenPacket
    case invalidNetstring
    case netstringTooLong(limit: Int)
    case unpairedName
    case lengthIsNotFirst
    case noSCGI

    case fastcgi(FastCGIFault)

    // The variables
    case tooManyBytes(limit: Int)
    case tooManyVariables(limit: Int)
    case emptyName
    case missing(CGIName)
    case noPath
    case notAPath(CGIName)
}

extension CGIFault {
    package init(_ overflow: CGIVariables.Overflow) {
        switch overflow {
        case .tooManyBytes(let limit): self = .tooManyBytes(limit: limit)
        case .tooManyVariables(let limit): self = .tooManyVariables(limit: limit)
        }
    }
}

extension CGIFault: RequestRefusal {
    package var response: Response { .refusal(status, description) }

    package var status: HTTPResponse.Status {
        switch self {
        case .http(let fault): fault.status
        case .tooManyBytes, .tooManyVariables, .netstringTooLong: .requestHeaderFieldsTooLarge
        case .modifier: .notImplemented
        default: .badRequest
        }
    }

    package var description: String {
        switch self {
        case .http(let fault): "\(fault)"
        case .speaksHTTP(let own):
            "The client speaks HTTP to a listener that speaks \(own): open an address with http://, or have nginx use "
                + "\(own)_pass."
        case .speaksTLS(let own):
            "The client speaks TLS to a listener that speaks \(own): open an address with https://."
        case .modifier(let number): Self.sentence(aboutModifier: number)
        case .brokenPacket: "The lengths in the uwsgi packet do not add up to its size."
        case .invalidNetstring: "The request does not begin with a netstring: a length, a colon, the headers, a comma."
        case .netstringTooLong(let limit): "The headers of the request are larger than the limit of \(limit) bytes."
        case .unpairedName: "The headers of the SCGI request are not pairs of name and value that each end with a NUL."
        case .lengthIsNotFirst: "The first header of an SCGI request must be CONTENT_LENGTH."
        case .noSCGI: "An SCGI request must have a header SCGI with the value 1."
        case .fastcgi(let fault): "The web server in front \(fault)."
        case .tooManyBytes(let limit): "The variables of the request are larger than the limit of \(limit) bytes."
        case .tooManyVariables(let limit): "The request has more than \(limit) variables."
        case .emptyName: "A variable has an empty name."
        case .missing(let name): "The request has no variable \(name.text)."
        case .noPath: "The request says no path: REQUEST_URI, PATH_INFO and SCRIPT_NAME are empty or missing."
        case .notAPath(let name): "The variable \(name.text) must be empty or begin with a slash."
        }
    }

    /// The packet types of the uwsgi protocol.
    private static let modifiers: [UInt8: String] = [
        5: "Perl (PSGI)", 6: "Lua (WSAPI)", 7: "Ruby (Rack)", 8: "Java (JWSGI, Ring)", 9: "CGI", 14: "PHP",
        15: "Mono (ASP.NET)", 17: "the spooler", 18: "a call of a symbol", 22: "code to evaluate", 23: "XSLT", 24: "V8",
        25: "GridFS", 26: "GlusterFS", 27: "a FastFunc", 31: "a message", 97: "a reload", 98: "a graceful reload",
        99: "a question about the configuration", 100: "a ping", 101: "an echo", 110: "a signal", 111: "the cache",
        173: "a remote procedure call", 224: "a subscription", 255: "an answer",
    ]

    private static func sentence(aboutModifier number: UInt8) -> String {
        let meaning = modifiers[number].map { ", \($0)" } ?? ""
        return "The uwsgi packet has modifier1 \(number)\(meaning); this listener serves 0, a web request, alone "
            + "(and 30, the same with SCRIPT_NAME taken off the path)."
    }
}
