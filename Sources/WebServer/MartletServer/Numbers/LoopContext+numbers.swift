import MartletBytes
import MartletGateway

/// What is noted when an exchange is over.
extension LoopContext {
    func note(_ record: ExchangeRecord, _ head: RequestHead, connection: UInt64, wasUpgraded: Bool) {
        if notes.isCounting {
            let method = record.hasHead ? CountedMethod(head.slice(head.method)) : .other
            numbers.ended(record, method, wasUpgraded: wasUpgraded)
        }
        guard notes.isLogging, record.route != .health else { return }
        let entry = AccessLogEntry(
            client: record.client,
            head: record.hasHead ? head : nil,
            line: record.line,
            status: record.status,
            bytes: record.sentBytes,
            connection: connection,
            sequence: record.sequence,
            started: record.started
        )
        notes.append(entry, second: second)
    }
}
