internal import MartletBytes
internal import MartletGateway

/// What one parameter of a route accepts: the converter of the pattern, and the type that the handler takes.
struct ParameterMatcher: Sendable {
    let prefix: [UInt8]
    let suffix: [UInt8]
    let converter: PathConverter
    /// The handler's type, if it is narrower than the converter.
    let type: ParameterType?

    /// Equal matchers share an edge of the router's tree.
    struct Identity: Hashable {
        let prefix: [UInt8]
        let suffix: [UInt8]
        let converter: PathConverter
        let type: ObjectIdentifier?
    }

    var identity: Identity {
        Identity(prefix: prefix, suffix: suffix, converter: converter, type: type?.identifier)
    }

    /// Whether this is tried before another: the one with more text around the parameter, then the lighter converter,
    /// then a type that may reject before one that accepts everything. The rest is decided by name, never by the order
    /// of registration.
    func precedes(_ other: ParameterMatcher) -> Bool {
        let text = prefix.count + suffix.count
        let otherText = other.prefix.count + other.suffix.count
        if text != otherText { return text > otherText }
        if converter.weight != other.converter.weight { return converter.weight < other.converter.weight }
        if (type == nil) != (other.type == nil) { return type != nil }
        return rank < other.rank
    }

    private var rank: String {
        "\(String(decoding: prefix, as: UTF8.self))<\(converter):\(type?.name ?? "")>"
    }

    /// Whether a decoded segment is one that the parameter takes.
    func accepts(_ segment: String) -> Bool {
        Array(segment.utf8).withUnsafeBytes { value(of: 0..<$0.count, in: $0) } != nil
    }

    /// The value of the parameter in a raw segment, if the text around it matches and the value is accepted.
    func value(of segment: Range<Int>, in path: UnsafeRawBufferPointer) -> Range<Int>? {
        var value = segment
        if !prefix.isEmpty || !suffix.isEmpty {
            guard segment.count > prefix.count + suffix.count,
                path[segment].starts(with: prefix),
                path[segment].suffix(suffix.count).elementsEqual(suffix)
            else { return nil }
            value = (segment.lowerBound + prefix.count)..<(segment.upperBound - suffix.count)
        }
        if type == nil, converter == .string || converter == .path { return value.isEmpty ? nil : value }
        let text = PercentEncoding.decode(UnsafeRawBufferPointer(rebasing: path[value]))
        return converter.accepts(text) && type?.accepts(text) != false ? value : nil
    }
}

extension RoutePattern {
    /// Combines the pattern with the types that the handler takes.
    ///
    /// - Parameters:
    ///   - types: one for each parameter, in their order; nil for a handler that takes none from the path.
    ///   - host: its parameters come first.
    func matchers(for types: [ParameterType]?, in host: HostPattern? = nil) throws(Malformed) -> [ParameterMatcher] {
        let all = (host?.names ?? []) + parameters.map(\.name)
        if let types, types.count != all.count {
            let names = all.joined(separator: ", ")
            throw Malformed(
                description:
                    "it has \(Self.count(all.count, "parameter"))\(names.isEmpty ? "" : " (\(names))"), "
                    + "but the handler takes \(Self.count(types.count, "value")) from the path "
                    + "(\(types.map(\.name).joined(separator: ", ")))"
            )
        }
        var matchers: [ParameterMatcher] = []
        for case .parameter(let parameter, let prefix, let suffix) in segments {
            let type = types.map { $0[matchers.count + all.count - parameters.count] }
            let converter = parameter.converter ?? type?.converter ?? .string
            if let type, !type.isText, type.converter != .string, type.converter != converter {
                throw Malformed(
                    description: "`\(parameter.name)` is \(Self.article(converter)) in it, but the handler takes "
                        + "\(type.name): write <\(type.converter):\(parameter.name)> or <\(parameter.name)>"
                )
            }
            let needsType = type.map { !$0.isText } ?? false
            matchers.append(
                ParameterMatcher(prefix: prefix, suffix: suffix, converter: converter, type: needsType ? type : nil)
            )
        }
        return matchers
    }

    private static func count(_ number: Int, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? "" : "s")"
    }

    private static func article(_ converter: PathConverter) -> String {
        switch converter {
        case .int, .any: "an `\(converter)`"
        default: "a `\(converter)`"
        }
    }
}
