import HTTPTypes
import MartletBytes
import MartletFiles
import MartletGateway

/// An answer of an upstream whose body is a file that this server sends.
///
/// The rules:
///
/// 1. The fields of the upstream stay, and its status. Not those that are about another body: length, coding, validators, ranges.
///    nginx keeps a list of fields, and no status; mod_xsendfile does as this.
/// 2. A 206 becomes a 200: the application has cut what it does not send, and the server cuts the file.
/// 3. Without a Content-Type, or with an empty one, the name of the file says it.
enum FileAnswer {
    private static let aboutTheBody: [StaticString] = [
        "content-length", "content-encoding", "content-range", "accept-ranges", "etag", "last-modified",
    ]

    static func response(_ answer: UpstreamAnswer, with file: NamedFile) -> Response {
        var headers = answer.headers
        let hasType = headers.first("content-type")?.isEmpty == false
        headers.remove { name in
            aboutTheBody.contains { ASCIICase.equals(name, $0) }
                || !hasType && ASCIICase.equals(name, "content-type")
        }
        if !hasType { headers.append("Content-Type", file.type) }
        headers.append(file.validators)
        let status: HTTPResponse.Status = answer.status.code == 206 ? .ok : answer.status
        let range = FileRange(.descriptor(file.descriptor), offset: 0, length: file.length)
        return Response(status: status, headers: headers, body: .file(range))
    }
}
