import ArgumentParser
import MartletServer

/// The flags for the server's limits: names, defaults and meaning are those of the server's own table.
///
/// A limit that is added to the table gets a line here, and its name in ``changes``.
struct LimitOptions: ParsableArguments {
    @Option(limit: "limit-head") var limitHead: LimitChange?
    @Option(limit: "limit-head-fields") var limitHeadFields: LimitChange?
    @Option(limit: "limit-target") var limitTarget: LimitChange?
    @Option(limit: "limit-body") var limitBody: LimitChange?
    @Option(limit: "timeout-head") var timeoutHead: LimitChange?
    @Option(limit: "timeout-idle") var timeoutIdle: LimitChange?
    @Option(limit: "body-grace") var bodyGrace: LimitChange?
    @Option(limit: "body-rate") var bodyRate: LimitChange?
    @Option(limit: "timeout-send") var timeoutSend: LimitChange?
    @Option(limit: "drain-bytes") var drainBytes: LimitChange?
    @Option(limit: "timeout-drain") var timeoutDrain: LimitChange?
    @Option(limit: "drain-silence") var drainSilence: LimitChange?
    @Option(limit: "limit-connections") var limitConnections: LimitChange?

    private var changes: [LimitChange?] {
        [
            limitHead, limitHeadFields, limitTarget, limitBody, timeoutHead, timeoutIdle, bodyGrace, bodyRate,
            timeoutSend, drainBytes, timeoutDrain, drainSilence, limitConnections,
        ]
    }

    /// The limits in force: the defaults with the changes of the command line.
    var limits: Limits {
        var limits = Limits()
        for case let change? in changes { change.apply(to: &limits) }
        return limits
    }
}

/// One limit and the value that the command line gives it.
struct LimitChange: Sendable {
    private let setting: Setting
    private let quantity: Quantity

    init(_ setting: Setting, parsing text: String) throws(SettingError) {
        self.setting = setting
        quantity =
            switch setting.value {
            case .count: .count(try Quantity.count(parsing: text))
            case .bytes: .bytes(try Quantity.bytes(parsing: text))
            case .duration: .duration(try Quantity.duration(parsing: text))
            }
        let minimum = setting.quantity(setting.minimum)
        guard !(quantity < minimum) else { throw SettingError(description: "it is at least \(minimum.text)") }
        let maximum = setting.quantity(setting.maximum)
        guard !(maximum < quantity) else { throw SettingError(description: "it is at most \(maximum.text)") }
    }

    func apply(to limits: inout Limits) {
        switch (setting.value, quantity) {
        case (.count(let path), .count(let number)), (.bytes(let path), .bytes(let number)):
            limits[keyPath: path] = number
        case (.duration(let path), .duration(let duration)):
            limits[keyPath: path] = duration
        default:
            break
        }
    }
}

extension CommandSetting where Value == LimitChange? {
    /// A limit of the server as a setting; in a file, `[limits]` stands for the `limit-` of its name.
    init(_ limit: Setting) {
        let isCount = if case .count = limit.value { true } else { false }
        let (least, most) = (limit.quantity(limit.minimum).text, limit.quantity(limit.maximum).text)
        self.init(
            name: limit.name,
            key: limit.name.hasPrefix("limit-") ? String(limit.name.dropFirst(6)) : limit.name,
            form: isCount ? .number : .quantity,
            placeholder: limit.placeholder,
            summary: limit.summary,
            accepts: "\(least) to \(most)",
            defaultValue: nil,
            defaultText: limit.quantity(in: Limits()).text,
            parse: { try LimitChange(limit, parsing: $0) }
        )
    }
}

extension Option where Value == LimitChange? {
    fileprivate init(limit name: String) {
        guard let limit = Setting.limits.first(where: { $0.name == name }) else {
            preconditionFailure("the server has no limit named \(name)")
        }
        let setting = CommandSetting(limit)
        self.init(
            name: .customLong(name),
            help: ArgumentHelp("\(setting.summary) (default: \(setting.defaultText))", valueName: setting.placeholder),
            transform: setting.parse
        )
    }
}
