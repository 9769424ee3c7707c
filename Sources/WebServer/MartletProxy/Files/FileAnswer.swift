import HTTPTypes
import Logging
import MartletBytes
import MartletFiles
import MartletFolders
import MartletGateway
import NIOCore
import NIOPosix

/// An answer of an upstream whose body is a file that this server sends.
///
/// The rules:
///
/// 1. The fields of the upstream stay, and its status. Not those that are about another body: length, coding, validators, ranges.
///    nginx keeps a list of fields, and no status; mod_xsendfile does as this.
/// 2. A 206 becomes a 200: the application has cut what it does not send, and the server cuts the file.
/// 3. Without a Content-Type, or with an empty one, the name of the file says it.
struct FileAnswer: Sendable {
    private let answer: UpstreamAnswer
    private let named: SentFolders.Named
    private let upstream: String
    private let request: Request

    init(_ answer: UpstreamAnswer, _ named: SentFolders.Named, from upstream: String, to request: Request) {
        self.answer = answer
        self.named = named
        self.upstream = upstream
        self.request = request
    }

    /// Goes on with the file that the answer of a call has named, if it has named one. What body the upstream sends is of no interest, and
    /// often there is less of it than it has announced: its connection is used again only where the answer is over.
    static func takesOver(_ call: ProxyCall) -> Bool {
        guard let answer = call.answer, let named = answer.namedFile else { return false }
        call.release(.answered)
        call.leave()
        call.task?.cancel()
        FileAnswer(answer, named, from: call.upstreamName, to: call.request)
            .make(on: call.proxy.loop) { call.complete($0) }
        return true
    }

    /// Opens the file, which may wait for a disk, so it runs on NIO's pool.
    ///
    /// - Parameter whenMade: called once, on the loop; at once where nothing has to be opened.
    func make(on loop: any EventLoop, whenMade: @escaping @Sendable (Response) -> Void) {
        switch named {
        case .nothing(let problem):
            request.logger.error("The answer of the upstream \(upstream) cannot be used: it names \(problem).")
            whenMade(.refusal(.badGateway, "The server behind this one gave no usable answer."))
        case .files(let places):
            NIOThreadPool.singleton.submit { state in
                guard case .active = state else { return }
                let found = Self.open(places)
                loop.execute { whenMade(self.response(found, places)) }
            }
        }
    }

    private static func open(_ places: [SentFolders.Place]) -> Result<NamedFile, FileError> {
        var result: Result<NamedFile, FileError> = .failure(FileError(number: 0))
        for place in places {
            do throws(FileError) { return .success(try NamedFile.open(place.name, below: place.folder)) } catch {
                result = .failure(error)
                if !error.isMissing || error.isForbidden { return result }
            }
        }
        return result
    }

    private func response(_ found: Result<NamedFile, FileError>, _ places: [SentFolders.Place]) -> Response {
        switch found {
        case .success(let file): return response(with: file)
        case .failure(let error):
            let path = places.first.map { "\($0.folder)/\(SentFolders.shown($0.name))" } ?? ""
            request.logger.error("The upstream \(upstream) names the file \(path), which cannot be sent: \(error).")
            let status: HTTPResponse.Status =
                error.isMissing ? .notFound : error.isShortage ? .serviceUnavailable : .internalServerError
            return .refusal(status, error.isMissing ? "There is no such file." : "The file cannot be sent.")
        }
    }

    private static let aboutTheBody: [StaticString] = [
        "content-length", "content-encoding", "content-range", "accept-ranges", "etag", "last-modified",
    ]

    private func response(with file: NamedFile) -> Response {
        var headers = answer.headers
        let hasType = headers.first("content-type")?.isEmpty == false
        headers.remove { name in
            Self.aboutTheBody.contains { ASCIICase.equals(name, $0) }
                || !hasType && ASCIICase.equals(name, "content-type")
        }
        if !hasType { headers.append("Content-Type", file.type) }
        headers.append(file.validators)
        let status: HTTPResponse.Status = answer.status.code == 206 ? .ok : answer.status
        let range = FileRange(.descriptor(file.descriptor), offset: 0, length: file.length)
        return Response(status: status, headers: headers, body: .file(range))
    }
}
