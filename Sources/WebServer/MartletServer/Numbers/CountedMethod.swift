/// The methods that are counted apart. A client can send any token, so all others are one.
package enum CountedMethod: Int, CaseIterable, Sendable {
    case get, head, post, put, patch, delete, options, connect, other

    init(_ method: UnsafeRawBufferPointer) {
        switch method.count {
        case 3 where method.elementsEqual("GET".utf8): self = .get
        case 3 where method.elementsEqual("PUT".utf8): self = .put
        case 4 where method.elementsEqual("POST".utf8): self = .post
        case 4 where method.elementsEqual("HEAD".utf8): self = .head
        case 5 where method.elementsEqual("PATCH".utf8): self = .patch
        case 6 where method.elementsEqual("DELETE".utf8): self = .delete
        case 7 where method.elementsEqual("OPTIONS".utf8): self = .options
        case 7 where method.elementsEqual("CONNECT".utf8): self = .connect
        default: self = .other
        }
    }

    package var name: String { self == .other ? "other" : "\(self)".uppercased() }
}
