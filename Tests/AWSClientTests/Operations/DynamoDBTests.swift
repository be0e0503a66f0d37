import Testing

@testable import AWSClient

@Suite("DynamoDB: what is sent and answered")
struct DynamoDBTests {
    private let key: DynamoDB.Item = ["pk": .string("open"), "sk": .string("i-1")]

    @Test("an item is read consistently, and what no type of ours can hold is left out")
    func getItem() async throws {
        let caller = ScriptedCaller(
            #"{"Item":{"pk":{"S":"open"},"n":{"N":"-12"},"flag":{"BOOL":true},"list":{"L":[]}}}"#)
        let item = try await DynamoDB(caller).getItem(table: "drains", key: key)
        let body = #"{"ConsistentRead":true,"Key":{"pk":{"S":"open"},"sk":{"S":"i-1"}},"TableName":"drains"}"#
        #expect(item == ["pk": .string("open"), "n": .integer(-12)])
        #expect(
            caller.requests == [
                AWSRequest(
                    service: .dynamoDB, operation: "GetItem", contentType: "application/x-amz-json-1.0",
                    headers: ["X-Amz-Target": "DynamoDB_20120810.GetItem"], body: Array(body.utf8))
            ])
    }

    @Test("an item that is not there is none")
    func missingItem() async throws {
        #expect(try await DynamoDB(ScriptedCaller("{}")).getItem(table: "drains", key: key) == nil)
    }

    @Test("a partition is read from its key on, with the names and values that its expressions use")
    func query() async throws {
        let caller = ScriptedCaller(#"{"Count":0,"Items":[],"ScannedCount":0}"#)
        let query = DynamoDB.Query(
            DynamoDB.Expression("#pk = :pk", [":pk": .string("open")]),
            filter: DynamoDB.Expression("#expiresAt > :now", [":now": .integer(5)]), isDescending: true, limit: 7)
        let page = try await DynamoDB(caller).query(table: "drains", query, after: key)
        #expect(page == DynamoDB.QueryPage(items: [], lastKey: nil))
        #expect(
            caller.bodies == [
                #"{"ConsistentRead":true,"ExclusiveStartKey":{"pk":{"S":"open"},"sk":{"S":"i-1"}},"#
                    + ##""ExpressionAttributeNames":{"#expiresAt":"expiresAt","#pk":"pk"},"##
                    + #""ExpressionAttributeValues":{":now":{"N":"5"},":pk":{"S":"open"}},"#
                    + ##""FilterExpression":"#expiresAt > :now","KeyConditionExpression":"#pk = :pk","Limit":7,"##
                    + #""ScanIndexForward":false,"TableName":"drains"}"#
            ])
    }

    @Test("a page of a partition may be empty and not the last")
    func emptyPage() async throws {
        let caller = ScriptedCaller(#"{"Items":[],"LastEvaluatedKey":{"pk":{"S":"open"},"sk":{"S":"i-1"}}}"#)
        let page = try await DynamoDB(caller).query(
            table: "drains", DynamoDB.Query(DynamoDB.Expression("#pk = :pk", [":pk": .string("open")])))
        #expect(page == DynamoDB.QueryPage(items: [], lastKey: key))
    }

    @Test("a partition's answer without items is unreadable, not empty")
    func absentItems() async {
        let caller = ScriptedCaller("{}")
        let reason = await reason { () async throws(AWSError) in
            try await DynamoDB(caller).query(table: "drains", DynamoDB.Query(DynamoDB.Expression("#pk = :pk")))
        }
        #expect(reason == .unreadableAnswer("no Items in the body"))
    }

    @Test("an update answers the item as it is now")
    func updateItem() async throws {
        let caller = ScriptedCaller(#"{"Attributes":{"number":{"N":"3"}}}"#)
        let changed = try await DynamoDB(caller).updateItem(
            table: "drains", key: key, DynamoDB.Expression("ADD #number :one", [":one": .integer(1)]))
        #expect(changed == ["number": .integer(3)])
        #expect(
            caller.bodies == [
                ##"{"ExpressionAttributeNames":{"#number":"number"},"ExpressionAttributeValues":{":one":{"N":"1"}},"##
                    + #""Key":{"pk":{"S":"open"},"sk":{"S":"i-1"}},"ReturnValues":"ALL_NEW","#
                    + ##""TableName":"drains","UpdateExpression":"ADD #number :one"}"##
            ])
    }

    @Test("an update may have a condition, and an error tells that it does not hold")
    func conditionalUpdate() async throws {
        let caller = ScriptedCaller(#"{"Attributes":{}}"#)
        _ = try await DynamoDB(caller).updateItem(
            table: "drains", key: key, DynamoDB.Expression("ADD #beat :one", [":one": .integer(1)]),
            condition: DynamoDB.Expression("#epoch = :epoch", [":epoch": .integer(7)]))
        let body = try #require(caller.bodies.first)
        #expect(body.contains(##""ConditionExpression":"#epoch = :epoch""##))
        #expect(body.contains(#"":epoch":{"N":"7"}"#))
        let error = AWSError(
            service: .dynamoDB, operation: "UpdateItem",
            reason: .refused(
                code: "ConditionalCheckFailedException", message: "The conditional request failed", status: 400,
                requestID: nil))
        #expect(error.isConditionalCheckFailed)
    }

    @Test("a transaction holds writes of every kind, each with its own names and values")
    func transaction() async throws {
        let caller = ScriptedCaller("{}")
        let exists = DynamoDB.Expression("attribute_exists(#pk)")
        try await DynamoDB(caller).transactWriteItems(
            table: "drains",
            [
                .conditionCheck(key: key, condition: DynamoDB.Expression("#number = :n", [":n": .integer(2)])),
                .put(key, condition: DynamoDB.Expression("attribute_not_exists(#pk)")), .put(key),
                .update(
                    key: key, DynamoDB.Expression("SET #record = :record", [":record": .string("{}")]),
                    condition: exists), .delete(key: key, condition: exists), .delete(key: key),
            ], token: "t-1")
        let keyText = #"{"pk":{"S":"open"},"sk":{"S":"i-1"}}"#
        #expect(
            caller.bodies == [
                #"{"ClientRequestToken":"t-1","TransactItems":["#
                    + [
                        ##"{"ConditionCheck":{"ConditionExpression":"#number = :n","ExpressionAttributeNames":"##
                            + ##"{"#number":"number"},"ExpressionAttributeValues":{":n":{"N":"2"}},"Key":"##
                            + keyText + #","TableName":"drains"}}"#,
                        ##"{"Put":{"ConditionExpression":"attribute_not_exists(#pk)","ExpressionAttributeNames":"##
                            + ##"{"#pk":"pk"},"Item":"## + keyText + #","TableName":"drains"}}"#,
                        #"{"Put":{"Item":"# + keyText + #","TableName":"drains"}}"#,
                        ##"{"Update":{"ConditionExpression":"attribute_exists(#pk)","ExpressionAttributeNames":"##
                            + ##"{"#pk":"pk","#record":"record"},"ExpressionAttributeValues":{":record":{"S":"{}"}},"##
                            + #""Key":"# + keyText
                            + ##","TableName":"drains","UpdateExpression":"SET #record = :record"}}"##,
                        ##"{"Delete":{"ConditionExpression":"attribute_exists(#pk)","ExpressionAttributeNames":"##
                            + ##"{"#pk":"pk"},"Key":"## + keyText + #","TableName":"drains"}}"#,
                        #"{"Delete":{"Key":"# + keyText + #","TableName":"drains"}}"#,
                    ].joined(separator: ",") + "]}"
            ])
    }

    @Test("a table is made with its keys, billed by request")
    func createTable() async throws {
        let caller = ScriptedCaller(#"{"TableDescription":{"TableStatus":"CREATING"}}"#)
        try await DynamoDB(caller).createTable(
            "drains",
            keys: [
                DynamoDB.Table.Key(name: "pk", role: "HASH", type: "S"),
                DynamoDB.Table.Key(name: "sk", role: "RANGE", type: "S"),
            ])
        #expect(
            caller.bodies == [
                #"{"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},"#
                    + #"{"AttributeName":"sk","AttributeType":"S"}],"BillingMode":"PAY_PER_REQUEST","#
                    + #""KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],"#
                    + #""TableName":"drains"}"#
            ])
    }

    @Test("a table is described by its status and keys")
    func describeTable() async throws {
        let caller = ScriptedCaller(
            #"{"Table":{"AttributeDefinitions":[{"AttributeName":"age","AttributeType":"N"},"#
                + #"{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],"#
                + #""TableName":"drains","TableStatus":"ACTIVE"}}"#)
        let table = try await DynamoDB(caller).describeTable("drains")
        #expect(
            table == DynamoDB.Table(status: "ACTIVE", keys: [DynamoDB.Table.Key(name: "pk", role: "HASH", type: "S")]))
        #expect(caller.bodies == [#"{"TableName":"drains"}"#])
    }

    @Test("the time to live is turned on, and described")
    func timeToLive() async throws {
        let caller = ScriptedCaller(
            #"{"TimeToLiveSpecification":{"AttributeName":"expiresAt","Enabled":true}}"#,
            #"{"TimeToLiveDescription":{"AttributeName":"expiresAt","TimeToLiveStatus":"ENABLING"}}"#,
            #"{"TimeToLiveDescription":{"TimeToLiveStatus":"DISABLED"}}"#)
        let dynamoDB = DynamoDB(caller)
        try await dynamoDB.updateTimeToLive(table: "drains", attribute: "expiresAt")
        #expect(
            try await dynamoDB.describeTimeToLive(table: "drains")
                == DynamoDB.TimeToLive(status: "ENABLING", attribute: "expiresAt"))
        #expect(
            try await dynamoDB.describeTimeToLive(table: "drains")
                == DynamoDB.TimeToLive(status: "DISABLED", attribute: nil))
        #expect(
            caller.bodies == [
                #"{"TableName":"drains","TimeToLiveSpecification":{"AttributeName":"expiresAt","Enabled":true}}"#,
                #"{"TableName":"drains"}"#, #"{"TableName":"drains"}"#,
            ])
    }

    private func refusal(_ code: String, body: String = "{}") -> AWSError {
        AWSError(
            service: .dynamoDB, operation: "TransactWriteItems",
            reason: .refused(code: code, message: "no", status: 400, requestID: nil), body: Array(body.utf8))
    }

    @Test("a cancelled transaction says why, write by write")
    func cancellation() throws {
        let body = """
            {"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","CancellationReasons":
            [{"Code":"None"},{"Code":"ConditionalCheckFailed","Message":"The conditional request failed"},
            {"Code":"TransactionConflict"},{"Code":"ThrottlingError"},{"Code":"ProvisionedThroughputExceeded"}]}
            """
        let error = refusal("TransactionCanceledException", body: body)
        let reasons = try #require(error.cancellationReasons)
        #expect(reasons.map(\.isConditionalCheckFailed) == [false, true, false, false, false])
        #expect(reasons.map(\.isConflict) == [false, false, true, false, false])
        #expect(reasons.map(\.isThrottling) == [false, false, false, true, true])
        #expect(reasons[1].message == "The conditional request failed")
        #expect(!error.mayHaveBeenReceived)
    }

    @Test("no other error has reasons, nor has a cancellation that does not tell them")
    func noReasons() {
        #expect(refusal("ValidationException", body: #"{"CancellationReasons":[]}"#).cancellationReasons == nil)
        #expect(refusal("TransactionCanceledException").cancellationReasons == nil)
    }

    @Test("refusals are told apart by their names")
    func names() {
        #expect(refusal("ResourceNotFoundException").isTableMissing)
        #expect(refusal("ResourceInUseException").isTableInUse)
        #expect(refusal("TransactionConflictException").isTransactionConflict)
        #expect(refusal("ProvisionedThroughputExceededException").isThrottling)
        #expect(refusal("TransactionInProgressException").isThrottling)
        #expect(!refusal("ConditionalCheckFailedException").isTableMissing)
    }
}
