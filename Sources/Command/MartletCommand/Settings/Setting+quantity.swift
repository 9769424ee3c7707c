import MartletServer

extension Setting {
    /// What `--help` shows in the place of the value.
    var placeholder: String {
        switch value {
        case .count: "n"
        case .bytes: "size"
        case .duration: "time"
        }
    }

    /// The value in force.
    func quantity(in limits: Limits) -> Quantity {
        switch value {
        case .count(let path): .count(limits[keyPath: path])
        case .bytes(let path): .bytes(limits[keyPath: path])
        case .duration(let path): .duration(limits[keyPath: path])
        }
    }

    /// A plain number with the setting's own unit; seconds for durations.
    func quantity(_ number: Int) -> Quantity {
        switch value {
        case .count: .count(number)
        case .bytes: .bytes(number)
        case .duration: .duration(.seconds(number))
        }
    }
}

extension Limits {
    /// The limits that people meet, in one line for the banner.
    var summary: String {
        [
            "head \(Quantity.bytes(headBytes).text) and \(headFields) fields in \(Quantity.duration(headTimeout).text)",
            "target \(Quantity.bytes(targetBytes).text)",
            "body \(Quantity.bytes(bodyBytes).text)",
            "idle \(Quantity.duration(idleTimeout).text)",
        ].joined(separator: ", ")
    }
}
