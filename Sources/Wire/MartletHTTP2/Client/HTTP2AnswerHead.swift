package import HTTPTypes
package import MartletGateway

/// The head of an answer, without the fields that are about the connection.
package struct HTTP2AnswerHead: Sendable, Equatable {
    package var status: HTTPResponse.Status
    /// What is passed on: neither hop-by-hop fields nor Content-Length.
    package var headers: Headers
    /// The value of Content-Length.
    package var announcedLength: Int?
}
