internal import MartletBytes

/// What a client can compare a representation by (RFC 9110 section 8.8).
package struct Validators: Sendable, Equatable {
    package var tag: EntityTag?
    /// Seconds since 1970.
    package var modified: Int?

    package init(tag: EntityTag?, modified: Int?) {
        self.tag = tag
        self.modified = modified
    }

    /// What a response says; nil if it says nothing.
    package init?(_ headers: Headers) {
        tag = headers.first("etag").flatMap { EntityTag($0) }
        modified = headers.first("last-modified").flatMap { HTTPDate.parse($0) }
        if tag == nil && modified == nil { return nil }
    }
}

/// What is sent instead of, or of, a representation.
package enum ConditionalOutcome: Sendable, Equatable {
    case whole
    case notModified
    case preconditionFailed
    case parts([Range<Int>])
    case unsatisfiable
}

/// The conditions of a GET or HEAD request (RFC 9110 section 13), evaluated in the order of its section 13.2.2.
package struct Preconditions {
    private struct Kinds: OptionSet {
        let rawValue: UInt8
        static let match = Kinds(rawValue: 1)
        static let unmodified = Kinds(rawValue: 2)
        static let noneMatch = Kinds(rawValue: 4)
        static let modified = Kinds(rawValue: 8)
        static let range = Kinds(rawValue: 16)
        static let ifRange = Kinds(rawValue: 32)
    }

    private let head: RequestHead
    private let kinds: Kinds

    /// Nil if there are none, as in most requests, or the method is neither GET nor HEAD. A range of HEAD is none
    /// (section 14.2).
    package init?(_ head: RequestHead) {
        var kinds: Kinds = []
        for field in head.fields {
            let name = head.slice(field.name)
            // All of them begin with If- or Range.
            guard let first = name.first, first | 0x20 == UInt8(ascii: "i") || first | 0x20 == UInt8(ascii: "r") else {
                continue
            }
            switch name.count {
            case 5 where ASCIICase.equals(name, "range"): kinds.insert(.range)
            case 8 where ASCIICase.equals(name, "if-match"): kinds.insert(.match)
            case 8 where ASCIICase.equals(name, "if-range"): kinds.insert(.ifRange)
            case 13 where ASCIICase.equals(name, "if-none-match"): kinds.insert(.noneMatch)
            case 17 where ASCIICase.equals(name, "if-modified-since"): kinds.insert(.modified)
            case 19 where ASCIICase.equals(name, "if-unmodified-since"): kinds.insert(.unmodified)
            default: break
            }
        }
        guard !kinds.isEmpty else { return nil }
        let method = head.slice(head.method)
        if !method.elementsEqual("GET".utf8) {
            guard method.elementsEqual("HEAD".utf8) else { return nil }
            kinds.remove(.range)
        }
        self.head = head
        self.kinds = kinds
    }

    /// - Parameter size: of the representation, in bytes.
    package func outcome(_ validators: Validators, size: Int) -> ConditionalOutcome {
        if kinds.contains(.match) {
            if !isNamed(validators.tag, "if-match", strongly: true) { return .preconditionFailed }
        } else if kinds.contains(.unmodified), let modified = validators.modified,
            let date = date("if-unmodified-since")
        {
            if modified > date { return .preconditionFailed }
        }
        if kinds.contains(.noneMatch) {
            if isNamed(validators.tag, "if-none-match", strongly: false) { return .notModified }
        } else if kinds.contains(.modified), let modified = validators.modified, let date = date("if-modified-since") {
            if modified <= date { return .notModified }
        }
        guard kinds.contains(.range), !kinds.contains(.ifRange) || isUnchanged(validators), let value = single("range")
        else { return .whole }
        return withExtendedLifetime(head) {
            switch RangeSet(value, size: size) {
            case .whole: .whole
            case .unsatisfiable: .unsatisfiable
            case .ranges(let ranges): .parts(ranges)
            }
        }
    }

    /// `*` is any representation, and there is one.
    private func isNamed(_ tag: EntityTag?, _ name: StaticString, strongly: Bool) -> Bool {
        var isNamed = false
        forEachValue(name) { value in
            isNamed =
                isNamed || value.elementsEqual("*".utf8) || tag?.isNamed(in: value, strongly: strongly) == true
        }
        return isNamed
    }

    /// Whether If-Range holds (section 13.1.5): the very same bytes, or the client would put two files together. A date
    /// says that only where the tag, if there is one, says so too.
    private func isUnchanged(_ validators: Validators) -> Bool {
        guard let value = single("if-range") else { return false }
        return withExtendedLifetime(head) {
            if let tag = EntityTag(value) { return !tag.isWeak && validators.tag == tag }
            guard validators.tag?.isWeak != true, let date = HTTPDate.parse(value) else { return false }
            return validators.modified == date
        }
    }

    /// Nil if it is no date: the condition is ignored then.
    private func date(_ name: StaticString) -> Int? {
        withExtendedLifetime(head) { single(name).flatMap { HTTPDate.parse($0) } }
    }

    /// Nil if the field is there several times.
    private func single(_ name: StaticString) -> UnsafeRawBufferPointer? {
        var found: UnsafeRawBufferPointer?
        var count = 0
        forEachValue(name) {
            found = $0
            count += 1
        }
        return count == 1 ? found : nil
    }

    private func forEachValue(_ name: StaticString, _ body: (UnsafeRawBufferPointer) -> Void) {
        withExtendedLifetime(head) {
            for field in head.fields where ASCIICase.equals(head.slice(field.name), name) {
                body(head.slice(field.value))
            }
        }
    }
}
