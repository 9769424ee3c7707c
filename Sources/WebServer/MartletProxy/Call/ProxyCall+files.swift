import HTTPTypes
import Logging
import MartletBytes
import MartletFiles
import MartletGateway
import MartletHTTP1
import NIOCore
import NIOPosix

/// Answers that name a file, which this server sends in place of their body.
extension ProxyCall {
    /// Removes from the head of an answer what names a file.
    func takeNamedFile() {
        guard let folders = proxy.sentFolders, var answer = answer.take() else { return }
        let named = folders.take(from: &answer.headers)
        // Such an answer has no body, whosever it is.
        if !ContentRule(status: answer.status.code).endsWithHead { namedFile = named }
        self.answer = answer
    }

    /// Goes on with the file that the answer has named. What body the upstream sends is of no interest, and often there is less of
    /// it than it has announced: its connection is used again only where the answer is over.
    ///
    /// - Returns: false if it has named none.
    func goOnWithNamedFile() -> Bool {
        guard let named = namedFile.take(), let answer = answer.take() else { return false }
        release(.answered)
        leave()
        task?.cancel()
        switch named {
        case .nothing(let problem):
            request.logger.error("The answer of the upstream \(upstreamName) cannot be used: it names \(problem).")
            exchange.complete(.refusal(.badGateway, "The server behind this one gave no usable answer."))
        case .files(let places):
            NIOThreadPool.singleton.submit { [self] state in
                guard case .active = state else { return }
                let found = Self.open(places)
                proxy.loop.execute { self.send(found, places, answer) }
            }
        }
        return true
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

    private func send(
        _ found: Result<NamedFile, FileError>,
        _ places: [SentFolders.Place],
        _ answer: UpstreamAnswer
    ) {
        switch found {
        case .success(let file): complete(FileAnswer.response(answer, with: file))
        case .failure(let error):
            let path = places.first.map { "\($0.folder)/\(SentFolders.shown($0.name))" } ?? ""
            request.logger.error("The upstream \(upstreamName) names the file \(path), which cannot be sent: \(error).")
            let status: HTTPResponse.Status =
                error.isMissing ? .notFound : error.isShortage ? .serviceUnavailable : .internalServerError
            exchange.complete(.refusal(status, "There is no such file."))
        }
    }
}
