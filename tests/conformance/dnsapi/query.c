/*
 * DnsQuery: what can be said without a network: parameters, names that are addresses or no names at all.
 */
#include "harness.h"
#include <windns.h>

#undef DnsRecordListFree
VOID WINAPI DnsRecordListFree(PDNS_RECORD, DNS_FREE_TYPE);

TEST(parameters)
{
    DNS_RECORD *records = (DNS_RECORD *)1;
    CHECK_EQ(DnsQuery_W(NULL, DNS_TYPE_A, 0, NULL, &records, NULL), ERROR_INVALID_PARAMETER);
    CHECK_EQ(DnsQuery_A(NULL, DNS_TYPE_A, 0, NULL, &records, NULL), ERROR_INVALID_PARAMETER);
    CHECK_EQ(DnsQuery_UTF8(NULL, DNS_TYPE_A, 0, NULL, &records, NULL), ERROR_INVALID_PARAMETER);
    CHECK_EQ(DnsQuery_W(L"localhost", DNS_TYPE_A, 0, NULL, NULL, NULL), ERROR_INVALID_PARAMETER);
    CHECK_EQ(DnsQuery_A("localhost", DNS_TYPE_A, 0, NULL, NULL, NULL), ERROR_INVALID_PARAMETER);
    CHECK_EQ(DnsQuery_UTF8("localhost", DNS_TYPE_A, 0, NULL, NULL, NULL), ERROR_INVALID_PARAMETER);
}

/* ".invalid" never exists (RFC 2606); without a network there is no server to say so. */
TEST(no_such_name)
{
    DNS_RECORD *records = (DNS_RECORD *)1;
    DNS_STATUS status = DnsQuery_W(L"nothing.invalid", DNS_TYPE_A, DNS_QUERY_BYPASS_CACHE, NULL, &records,
                                   NULL);
    CHECK(status != ERROR_SUCCESS && status != ERROR_INVALID_PARAMETER);
    CHECK(records == NULL || harness_is_wine());
}

/* Nothing listens at the server that is asked, and nothing is cached. */
TEST(options)
{
    DNS_RECORD *records = NULL;
    IP4_ARRAY servers = {1, {htonl(INADDR_LOOPBACK)}};
    CHECK_EQ(DnsQuery_A("localhost.example", DNS_TYPE_A, DNS_QUERY_NO_WIRE_QUERY, NULL, &records, NULL) != 0,
             1);
    CHECK(!records);
    CHECK(DnsQuery_A("nothing.invalid", DNS_TYPE_A, DNS_QUERY_USE_TCP_ONLY, &servers, &records, NULL) != 0);
}

TEST(freeing)
{
    DnsRecordListFree(NULL, DnsFreeRecordList);
    DnsFree(NULL, DnsFreeRecordList);
    DnsFree(NULL, DnsFreeFlat);
}
