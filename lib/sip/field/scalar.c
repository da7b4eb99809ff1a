/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/field/scalar.h"

#include "sip/field/known_param.h"

enum { US_PER_SECOND = 1000000 };

bool
sip_number_decode(struct slice value, uint32_t *number)
{
	return sip_uint(sip_trim(value), number);
}

bool
sip_token_decode(struct slice value, struct slice *token)
{
	*token = sip_trim(value);
	return sip_all(*token, SIP_CHAR_TOKEN);
}

bool
sip_token_params_decode(struct slice value, struct slice *token)
{
	struct slice params;

	return sip_token_cut(value, token, &params) && sip_generic_params_are_valid(params);
}

bool
sip_text_decode(struct slice value, struct slice *text)
{
	*text = sip_trim(value);
	return sip_text_is_valid(*text);
}

bool
sip_priority_decode(struct slice value, enum sip_priority *priority, struct slice *text)
{
	static const char *const names[SIP_PRIORITY_COUNT] = {
		[SIP_PRIORITY_EMERGENCY] = "emergency",
		[SIP_PRIORITY_URGENT] = "urgent",
		[SIP_PRIORITY_NORMAL] = "normal",
		[SIP_PRIORITY_NON_URGENT] = "non-urgent",
		[SIP_PRIORITY_PSAP_CALLBACK] = "psap-callback",
	};

	if (!sip_token_decode(value, text))
		return false;
	*priority = SIP_WORD_FIND(*text, names);
	return true;
}

bool
sip_retry_after_decode(struct slice value, struct sip_retry_after *out)
{
	const char *p, *begin, *end;
	struct slice duration;
	const struct sip_known_param known[] = {
		{ SLICE("duration"), SIP_PARAM_NUMBER, &duration },
	};

	value = sip_trim(value);
	end = slice_end(value);
	p = sip_char_span(value.ptr, end, SIP_CHAR_DIGIT);
	if (!sip_uint(slice_between(value.ptr, p), &out->seconds))
		return false;
	begin = p = sip_skip_lws(p, end);
	out->comment = SLICE_ABSENT;
	if (p < end && *p == '(') {
		p = sip_skip_comment(p, end);
		if (p == NULL)
			return false;
		out->comment = slice_between(begin, p);
	}
	out->duration = 0;
	if (!sip_params_behind(p, end, &out->params) ||
	    !sip_known_params_decode(out->params, known, SIP_COUNT(known)))
		return false;
	out->has_duration = duration.ptr != NULL;
	return !out->has_duration || sip_uint(duration, &out->duration);
}

/* *DIGIT [ "." *DIGIT ] in microseconds; the position behind it. */
static const char *
take_decimal(const char *p, const char *end, uint64_t *us)
{
	const char *stop = sip_char_span(p, end, SIP_CHAR_DIGIT);
	uint64_t whole = 0, fraction = 0, scale = US_PER_SECOND;

	sip_decimal(slice_between(p, stop), &whole);
	if (stop < end && *stop == '.')
		for (stop++; stop < end && sip_char_is(*stop, SIP_CHAR_DIGIT); stop++) {
			scale /= 10;
			fraction += (uint64_t)(*stop - '0') * scale;
		}
	if (__builtin_mul_overflow(whole, US_PER_SECOND, us) ||
	    __builtin_add_overflow(*us, fraction, us))
		*us = UINT64_MAX;
	return stop;
}

bool
sip_timestamp_decode(struct slice value, struct sip_timestamp *out)
{
	const char *p, *delay, *end;

	value = sip_trim(value);
	end = slice_end(value);
	if (value.len == 0 || !sip_char_is(*value.ptr, SIP_CHAR_DIGIT))
		return false;
	p = take_decimal(value.ptr, end, &out->time_us);
	out->time = slice_between(value.ptr, p);
	delay = sip_skip_lws(p, end);
	out->has_delay = delay > p;
	return take_decimal(delay, end, &out->delay_us) == end && (delay > p || delay == end);
}
